import { expect, test } from 'vitest';
import { report } from '../src/background/report';
import type { AppState } from '../src/messages';

test('a report names no person, no team and no bookmark', () => {
  const secret = 'SECRET';
  const offer = {
    id: 'i',
    email: secret,
    needsApproval: false,
    organization: secret,
    teams: [],
    invitedBy: secret,
  };
  const state: AppState = {
    version: '0.1.0',
    hub: 'https://hub.example.org',
    account: { id: 'a', email: secret, name: secret },
    sessionEnded: false,
    connection: 'online',
    listed: true,
    teams: [
      {
        id: 't',
        name: secret,
        organization: { id: 'o', name: secret },
        canWrite: true,
        isManager: false,
        bookmarks: 7,
        sync: 'synced',
        waiting: 0,
        busy: null,
        held: { reason: 'mass-deletion', count: 31 },
        putBack: [{ what: 'added', title: secret, url: secret }],
        unshared: [{ title: secret, reason: 'url-too-long' }],
        problem: null,
        revision: 1,
      },
    ],
    organizations: [{ id: 'o', name: secret, mayCreateTeams: true }],
    invitations: [offer],
    pasted: offer,
  };
  const said = report(state, 'Chrome on Linux');
  expect(said).not.toContain(secret);
  expect(JSON.parse(said)).toMatchObject({
    teams: [{ held: 'mass-deletion', putBack: 1, unshared: ['url-too-long'] }],
  });
});

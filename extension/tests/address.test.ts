import { describe, expect, test } from 'vitest';
import { hubAddress, invitationLink, isOpenToOthers, syncAddress, webAddress } from '../src/hub/address';

const TOKEN = 'mS-ihkwWuFpwpAq0H-O1yrzu99';

describe('a hub’s address as people type it', () => {
  test.each([
    ['https://hub.example.org', 'https://hub.example.org'],
    ['hub.example.org', 'https://hub.example.org'],
    ['  hub.example.org/  ', 'https://hub.example.org'],
    ['hub.example.org:8443', 'https://hub.example.org:8443'],
    ['hub.example.org/teammarks/', 'https://hub.example.org/teammarks'],
    ['HTTPS://Hub.Example.Org/?x=1#y', 'https://hub.example.org'],
    ['localhost:8000', 'http://localhost:8000'],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['http://10.0.0.5', 'http://10.0.0.5'],
  ])('%s means %s', (typed, meant) => {
    expect(hubAddress(typed)).toBe(meant);
  });

  test.each([
    '',
    ' ',
    'ftp://hub.example.org',
    'javascript:alert(1)',
    'http://',
    'a b',
    'a%20b',
    'ann@example.org',
  ])('%j is none', (typed) => {
    expect(hubAddress(typed)).toBeNull();
  });
});

test('plain http is open to others unless the hub is on this machine', () => {
  expect(isOpenToOthers('http://hub.example.org')).toBe(true);
  expect(isOpenToOthers('https://hub.example.org')).toBe(false);
  expect(isOpenToOthers('http://127.0.0.1:8000')).toBe(false);
  expect(isOpenToOthers('http://localhost:8000')).toBe(false);
});

test('the sync address is as safe as the hub’s', () => {
  expect(syncAddress('https://hub.example.org/teammarks')).toBe('wss://hub.example.org/teammarks/sync');
  expect(syncAddress('http://127.0.0.1:8000')).toBe('ws://127.0.0.1:8000/sync');
});

describe('an invitation link', () => {
  test('tells the hub and the token', () => {
    expect(invitationLink(` https://hub.example.org/join#${TOKEN} `)).toEqual({
      hub: 'https://hub.example.org',
      token: TOKEN,
    });
  });

  test('keeps the path of a hub that is not at the root', () => {
    expect(invitationLink(`https://example.org/teammarks/join#${TOKEN}`)?.hub).toBe(
      'https://example.org/teammarks',
    );
  });

  test('may be the bare token', () => {
    expect(invitationLink(TOKEN)).toEqual({ hub: null, token: TOKEN });
  });

  test.each(['', 'https://hub.example.org/join', 'https://hub.example.org/join#', `javascript:x#${TOKEN}`])(
    'is not %j',
    (pasted) => {
      expect(invitationLink(pasted)).toBeNull();
    },
  );
});

describe('a web address', () => {
  test.each([
    ['example.org/a b', 'https://example.org/a%20b'],
    [' http://Example.org ', 'http://example.org/'],
    ['localhost:8000/x', 'https://localhost:8000/x'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
  ])('%j is %s', (typed, whole) => expect(webAddress(typed)).toBe(whole));

  test.each(['', '  ', 'http://', 'two words'])('%j is none', (typed) =>
    expect(webAddress(typed)).toBe(null),
  );
});

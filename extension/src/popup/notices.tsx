/** What a team's folder has to tell: removals that are held, a reader's edits that were undone, edits not shared. */

import { Button } from '../components/controls';
import { Callout } from '../components/parts';
import { counted, locale, type Text, t } from '../components/text';
import type { TeamState } from '../messages';
import { useCommand } from './background';
import { useNavigation } from './navigation';
import { problemText } from './words';

const PROBLEMS: Record<NonNullable<TeamState['problem']>, Text> = {
  'bookmarks-locked': 'folderLocked',
  'edits-refused': 'folderRefused',
  'update-needed': 'folderTooNew',
  storage: 'folderStorage',
  'no-bookmarks-root': 'folderNoRoot',
};

const REASONS: Record<TeamState['unshared'][number]['reason'], Text> = {
  'url-too-long': 'unsharedTooLong',
  'too-many-nodes': 'unsharedTooMany',
  'folder-gone': 'unsharedGone',
};

/** `urgentOnly`: what waits for the person's word, and nothing that may also be read later. */
export function TeamNotices({ team, urgentOnly = false }: { team: TeamState; urgentOnly?: boolean }) {
  return (
    <>
      {team.held && <Held team={team} held={team.held} />}
      {team.problem !== null && (
        <Callout tone="error">
          <p>{t(PROBLEMS[team.problem], team.name)}</p>
        </Callout>
      )}
      {team.putBack.length > 0 && <PutBack team={team} />}
      {team.unshared.length > 0 && !urgentOnly && (
        <Callout tone="info">
          <p>{counted('unshared', team.unshared.length, team.unshared.map(unsharedLine).join(', '))}</p>
        </Callout>
      )}
    </>
  );
}

function unsharedLine({ title, reason }: TeamState['unshared'][number]): string {
  return `${title || t('untitled')} (${t(REASONS[reason])})`;
}

function Held({ team, held }: { team: TeamState; held: NonNullable<TeamState['held']> }) {
  const { run, busy, problem } = useCommand('resolveHeld');
  const sentence: Text = held.reason === 'folder-vanished' ? 'heldVanished' : 'heldMass';
  const count = new Intl.NumberFormat(locale()).format(held.count);
  const values = held.reason === 'folder-vanished' ? [team.name, count] : [count, team.name];
  return (
    <Callout tone="warning">
      <strong>{t(sentence, ...values)}</strong>
      <p>{problem ? problemText(problem) : t('heldLead')}</p>
      <div class="actions">
        <Button busy={busy} onPress={() => void run({ team: team.id, choice: 'put-back' })}>
          {t('putThemBack')}
        </Button>
        <Button kind="plain" busy={busy} onPress={() => void run({ team: team.id, choice: 'remove' })}>
          {t('removeForEveryone')}
        </Button>
      </div>
    </Callout>
  );
}

function PutBack({ team }: { team: TeamState }) {
  const { say } = useNavigation();
  const canKeep = team.putBack.some(({ url }) => url !== '');
  const keep = useCommand('keepCopy');
  const dismiss = useCommand('dismissPutBack');
  return (
    <Callout tone="info">
      <p>{counted(team.canWrite ? 'refused' : 'putBack', team.putBack.length, team.name)}</p>
      <div class="actions">
        {canKeep && (
          <Button
            busy={keep.busy}
            onPress={async () => {
              if ((await keep.run({ team: team.id })).ok) say(t('copyKept'));
            }}
          >
            {t('keepCopy')}
          </Button>
        )}
        <Button kind="plain" onPress={() => void dismiss.run({ team: team.id })}>
          {t('dismiss')}
        </Button>
      </div>
    </Callout>
  );
}

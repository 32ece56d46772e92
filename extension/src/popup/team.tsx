/** A team's folder, one level at a time. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, IconButton, Search } from '../components/controls';
import { Icon } from '../components/icon';
import { Callout, Empty, Skeleton } from '../components/parts';
import { t } from '../components/text';
import type { FolderView, TeamState } from '../messages';
import { ROOT } from '../model/ids';
import { useAnswer, useCommand } from './background';
import { Hits, ItemRow } from './hits';
import { useNavigation } from './navigation';
import { TeamNotices } from './notices';
import { Screen } from './shell';
import { StatusChip } from './teams';
import { problemText } from './words';

export function TeamScreen({ team, folder }: { team: TeamState; folder: string }) {
  const { open, back, say } = useNavigation();
  const [query, setQuery] = useState('');
  const { run: showFolder } = useCommand('showFolder');
  const show = async () => {
    const shown = await showFolder({ team: team.id });
    if (!shown.ok) return;
    const { path } = shown.value;
    say(path.length > 0 ? t('folderIsAt', path.join(' › ')) : t('folderIsNowhere'));
  };
  return (
    <Screen
      // Another folder is another screen to whoever hears it.
      key={folder}
      title={team.name}
      back={back}
      actions={
        <>
          <StatusChip team={team} />
          <IconButton icon="where" label={t('showInBookmarks')} onPress={() => void show()} />
          <IconButton
            icon="people"
            label={t('members')}
            onPress={() => open({ at: 'members', team: team.id })}
          />
        </>
      }
      under={<Search label={t('searchIn', team.name)} value={query} onInput={setQuery} />}
    >
      {query.trim() === '' ? (
        <>
          <TeamNotices team={team} />
          <Folder team={team} folder={folder} />
        </>
      ) : (
        <Hits query={query} teams={[team]} team={team.id} />
      )}
    </Screen>
  );
}

function Folder({ team, folder }: { team: TeamState; folder: string }) {
  const { open } = useNavigation();
  const { value: view, problem } = useAnswer('folder', { team: team.id, node: folder }, [
    team.id,
    folder,
    team.revision,
  ]);
  const enter = (id: string) => open({ at: 'team', team: team.id, folder: id });
  if (view === undefined)
    return problem && team.sync !== 'starting' ? (
      <Callout tone="error">
        <p>{problemText(problem)}</p>
      </Callout>
    ) : (
      <Skeleton rows={5} />
    );
  // Deleted while it was looked at.
  if (view === null) return <Crumbs team={team} path={[{ id: ROOT, title: '' }]} onEnter={enter} />;
  return (
    <>
      {view.path.length > 1 && <Crumbs team={team} path={view.path} onEnter={enter} />}
      {view.items.length === 0 ? (
        <Empty
          icon="bookmark"
          title={t('emptyFolderTitle')}
          lead={t(team.canWrite ? 'emptyFolderLead' : 'emptyFolderLeadReadOnly')}
        />
      ) : (
        <ul class="list" aria-label={view.path.at(-1)?.title || team.name}>
          {view.items.map((item) => (
            <li key={item.id}>
              <ItemRow item={item} onOpen={() => enter(item.id)} />
            </li>
          ))}
        </ul>
      )}
      {team.canWrite && (
        <div class="form-more">
          <Button kind="link" onPress={() => open({ at: 'add-bookmark', team: team.id, folder })}>
            {t('addBookmark')}
          </Button>
          <Button kind="link" onPress={() => open({ at: 'new-folder', team: team.id, folder })}>
            {t('newFolder')}
          </Button>
        </div>
      )}
    </>
  );
}

function Crumbs(props: { team: TeamState; path: FolderView['path']; onEnter: (id: string) => void }) {
  const { team, path, onEnter } = props;
  const list = useRef<HTMLOListElement>(null);
  // Where one is stands at the end, and a long path is cut at its beginning.
  useEffect(() => {
    if (list.current) list.current.scrollLeft = list.current.scrollWidth;
  }, [path]);
  return (
    <nav aria-label={t('path')}>
      <ol class="crumbs" ref={list}>
        {path.map(({ id, title }, depth) => {
          const name = id === ROOT ? team.name : title || t('untitled');
          return (
            <li key={id}>
              {depth > 0 && <Icon name="chevron" />}
              {depth === path.length - 1 && depth > 0 ? (
                <span aria-current="page">{name}</span>
              ) : (
                <button type="button" onClick={() => onEnter(id)}>
                  {name}
                </button>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** What a search found, and the row a bookmark or a folder is shown by, here and in the folder itself. */

import { Icon } from '../components/icon';
import { Avatar, Empty, Skeleton } from '../components/parts';
import { counted, t } from '../components/text';
import type { ItemView, TeamState } from '../messages';
import { useAnswer } from './background';
import { useNavigation } from './navigation';

/** `team`: search in this one alone. */
export function Hits({
  query,
  teams,
  team,
}: {
  query: string;
  teams: readonly TeamState[];
  team: string | null;
}) {
  const { open } = useNavigation();
  const { value: hits } = useAnswer('search', { query, team }, [query, team]);
  if (!hits) return <Skeleton rows={3} />;
  if (hits.length === 0) return <Empty icon="search" title={t('nothingFound', query.trim())} />;
  const nameOf = (id: string) => (team === null ? [teams.find((of) => of.id === id)?.name ?? ''] : []);
  return (
    <ul class="list" aria-label={t('results')}>
      {hits.map((hit) => (
        <li key={`${hit.team} ${hit.id}`}>
          <ItemRow
            item={hit}
            more={[...nameOf(hit.team), ...hit.where].join(' › ')}
            onOpen={() => open({ at: 'team', team: hit.team, folder: hit.id })}
          />
        </li>
      ))}
    </ul>
  );
}

/** A folder opens here; a bookmark is a link to a tab of its own, where its address is one that may be opened. */
export function ItemRow({ item, more, onOpen }: { item: ItemView; more?: string; onOpen: () => void }) {
  const { kind, title, url } = item;
  const name = title || (kind === 'b' ? url : t('untitled'));
  if (kind === 's') return <hr class="rule" aria-label={t('separator')} />;
  if (kind === 'f')
    return (
      <button type="button" class="row slim" onClick={onOpen}>
        <Icon name="folder" />
        <span class="row-text">
          <span class="row-title">{name}</span>
          {more && <span class="row-more">{more}</span>}
        </span>
        <span class="row-end">{counted('items', item.size)}</span>
        <Icon name="chevron" />
      </button>
    );
  const text = (
    <>
      <Avatar id={host(url)} name={host(url).replace(/^www\./, '') || name} />
      <span class="row-text">
        <span class="row-title">{name}</span>
        <span class="row-more">{more || (item.opens ? host(url) : t('notOpened'))}</span>
      </span>
    </>
  );
  if (!item.opens)
    return (
      <span class="row slim inert" title={url}>
        {text}
      </span>
    );
  return (
    <a class="row slim" href={url} title={url} target="_blank" rel="noopener noreferrer">
      {text}
      <span class="unseen">{t('opensInTab')}</span>
    </a>
  );
}

function host(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

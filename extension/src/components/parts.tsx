/** What screens show that is not to be typed into: avatars, notices, emptiness. */

import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon';
import { t } from './text';

type Children = { children?: ComponentChildren };

/** A person's or a team's letter. Its hue follows from the id, so that it is the same everywhere. */
export function Avatar({ id, name, round = false }: { id: string; name: string; round?: boolean }) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  const letter = [...name.trim()][0]?.toLocaleUpperCase() ?? '·';
  return (
    <span class={round ? 'avatar round' : 'avatar'} style={`--hue: ${hash}`} aria-hidden="true">
      {letter}
    </span>
  );
}

/** One word about how something stands. */
export function Chip({ tone = 'quiet', children }: Children & { tone?: 'quiet' | 'needed' }) {
  return <span class={`status ${tone}`}>{children}</span>;
}

export function Callout({ tone, children }: Children & { tone: 'error' | 'warning' | 'info' }) {
  return (
    <div class={`callout ${tone}`} role={tone === 'error' ? 'alert' : undefined}>
      <Icon name={tone === 'info' ? 'bookmark' : 'warning'} />
      <div class="callout-body">{children}</div>
    </div>
  );
}

export function Empty(props: Children & { icon: IconName; title: string; lead?: string }) {
  const { icon, title, lead, children } = props;
  return (
    <div class="empty">
      <span class="empty-picture">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {lead && <p>{lead}</p>}
      {children}
    </div>
  );
}

/** Where rows will be in a moment. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div class="list" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <div class="row skeleton" key={row}>
          <span class="avatar" />
          <span class="row-text">
            <span class="bone" />
            <span class="bone short" />
          </span>
        </div>
      ))}
    </div>
  );
}

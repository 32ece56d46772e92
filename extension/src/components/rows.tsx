/** Rows of a list: one that leads on, and one that says how something is. */

import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

export function LinkRow(props: {
  icon: ComponentChildren;
  title: string;
  more?: string | undefined;
  onPress: () => void;
}) {
  const { icon, title, more, onPress } = props;
  return (
    <li>
      <button type="button" class="row" onClick={onPress}>
        {icon}
        <span class="row-text">
          <span class="row-title">{title}</span>
          {more && <span class="row-more">{more}</span>}
        </span>
        <Icon name="chevron" />
      </button>
    </li>
  );
}

export function Fact({ name, value }: { name: string; value: string }) {
  return (
    <li>
      <div class="row slim">
        <span class="row-text">{name}</span>
        <span class="fact">{value}</span>
      </div>
    </li>
  );
}

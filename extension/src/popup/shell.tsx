/** The fixed frame: a header, a scrolling middle, tabs at the bottom. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from '../components/controls';
import { Icon, type IconName } from '../components/icon';
import { t } from '../components/text';
import { useNavigation, type View } from './navigation';

export interface ScreenProps {
  title: string;
  /** Shows an arrow. */
  back?: (() => void) | undefined;
  /** At the right end of the header. */
  actions?: ComponentChildren;
  /** Below the title, above the scroll area. */
  under?: ComponentChildren;
  children: ComponentChildren;
}

export function Screen({ title, back, actions, under, children }: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // A new title is a new screen, to be read out from its top.
  useEffect(() => {
    if (!(document.activeElement instanceof HTMLInputElement)) heading.current?.focus();
  }, [title]);
  return (
    <>
      <header class="header">
        <div class="header-bar">
          {back && <IconButton icon="back" label={t('back')} onPress={back} />}
          <h1 ref={heading} tabIndex={-1} title={title}>
            {title}
          </h1>
          {actions}
        </div>
        {under}
      </header>
      <main class="middle">{children}</main>
    </>
  );
}

const TABS: { at: 'teams' | 'settings'; icon: IconName; text: 'tabTeams' | 'tabSettings' }[] = [
  { at: 'teams', icon: 'folder', text: 'tabTeams' },
  { at: 'settings', icon: 'settings', text: 'tabSettings' },
];

export function Tabs({ current, dots }: { current: 'teams' | 'settings'; dots: ReadonlySet<View['at']> }) {
  const { reset } = useNavigation();
  return (
    <nav class="tabs" aria-label={t('tabs')}>
      {TABS.map(({ at, icon, text }) => (
        <button
          key={at}
          type="button"
          class="tab"
          aria-current={at === current ? 'page' : undefined}
          onClick={() => reset({ at })}
        >
          <Icon name={icon} />
          {t(text)}
          {dots.has(at) && <span class="tab-dot" role="img" aria-label={t('statusNeedsYou')} />}
        </button>
      ))}
    </nav>
  );
}

export interface MenuItem {
  icon: IconName;
  text: string;
  onPress: () => void;
}

/** A button that opens a short list of things to do; Escape, Tab and a click beside it close it. */
export function Menu({ icon, label, items }: { icon: IconName; label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const beside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', beside);
    return () => document.removeEventListener('pointerdown', beside);
  }, [open]);
  const step = (by: number) => {
    const entries = [...(box.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    entries.at((at + by) % entries.length)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the buttons inside, gathered in one place
    <div
      ref={box}
      onKeyDown={(event) => {
        if (!open) return;
        if (event.key === 'Tab') setOpen(false);
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (by === undefined && event.key !== 'Escape') return;
        event.preventDefault();
        if (by !== undefined) step(by);
        else {
          setOpen(false);
          box.current?.querySelector('button')?.focus();
        }
      }}
    >
      <IconButton icon={icon} label={label} expanded={open} onPress={() => setOpen(!open)} />
      {open && (
        <div class="menu" role="menu" aria-label={label}>
          {items.map((item) => (
            <button
              key={item.text}
              type="button"
              role="menuitem"
              onClick={() => {
                setOpen(false);
                item.onPress();
              }}
            >
              <Icon name={item.icon} />
              {item.text}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

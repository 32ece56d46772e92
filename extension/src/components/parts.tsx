/** The few parts all screens are made of. */

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './icon';
import { t } from './text';

type Children = { children?: ComponentChildren };

export function Button(
  props: Children & {
    kind?: 'main' | 'plain' | 'danger' | 'link';
    busy?: boolean;
    submit?: boolean;
    onPress?: () => void;
  },
) {
  const { kind = 'main', busy = false, submit = false, onPress, children } = props;
  return (
    // aria-disabled keeps the focus where it is while the answer is on its way.
    <button
      type={submit ? 'submit' : 'button'}
      class={`button ${kind}`}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onPress?.();
      }}
    >
      {children}
    </button>
  );
}

export function IconButton(props: {
  icon: IconName;
  label: string;
  onPress: () => void;
  expanded?: boolean;
}) {
  const { icon, label, onPress, expanded } = props;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      {...(expanded === undefined ? {} : { 'aria-expanded': expanded, 'aria-haspopup': 'menu' as const })}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onInput: (value: string) => void;
  type?: 'text' | 'email' | 'password' | 'url';
  hint?: string;
  autocomplete?: string;
  autofocus?: boolean;
  minLength?: number;
  maxLength?: number;
}

export function Field(props: FieldProps) {
  const { label, value, onInput, type = 'text', hint, autofocus, autocomplete, minLength, maxLength } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, [autofocus]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <input
          id={id}
          ref={input}
          // Preact's types tell inputs apart by a literal type, which this one cannot have.
          type={(shown ? 'text' : type) as 'text'}
          autocomplete={autocomplete}
          minLength={minLength}
          maxLength={maxLength}
          value={value}
          required
          spellcheck={false}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {type === 'password' && (
          <button
            type="button"
            class="icon-button"
            aria-label={t(shown ? 'hidePassword' : 'showPassword')}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
          >
            <Icon name="eye" />
          </button>
        )}
      </div>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly { value: T; text: string }[];
  onChoose: (value: T) => void;
  /** The label is there for screen readers alone. */
  bare?: boolean;
}) {
  const { label, value, options, onChoose, bare = false } = props;
  const id = useId();
  const select = (
    <select
      id={id}
      value={value}
      aria-label={bare ? label : undefined}
      onChange={(event) => onChoose(event.currentTarget.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.text}
        </option>
      ))}
    </select>
  );
  if (bare) return <span class="choice bare">{select}</span>;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box choice">{select}</div>
    </div>
  );
}

export function Search(props: { label: string; value: string; onInput: (value: string) => void }) {
  const { label, value, onInput } = props;
  return (
    <search class="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        spellcheck={false}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          // The first Escape empties the search, the next one closes the popup.
          if (event.key !== 'Escape' || value === '') return;
          event.preventDefault();
          onInput('');
        }}
      />
      {value !== '' && <IconButton icon="close" label={t('clearSearch')} onPress={() => onInput('')} />}
    </search>
  );
}

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

/** Asks before something that others will notice. */
export function Confirm(props: {
  title: string;
  lead: string;
  action: string;
  onConfirm: () => void;
  onCancel: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    // A dialog that is taken out of the page gives the focus back to nobody.
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onCancel={props.onCancel}>
      <h2 id={id}>{props.title}</h2>
      <p>{props.lead}</p>
      <div class="actions">
        <Button kind="plain" onPress={props.onCancel}>
          {t('cancel')}
        </Button>
        <Button kind="danger" onPress={props.onConfirm}>
          {props.action}
        </Button>
      </div>
    </dialog>
  );
}

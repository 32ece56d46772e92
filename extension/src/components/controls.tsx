/** What one presses, types into and chooses from. */

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

/** For several lines. */
export function TextArea(props: {
  label: string;
  hint: string;
  value: string;
  onInput: (value: string) => void;
}) {
  const { label, hint, value, onInput } = props;
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="field-box">
        <textarea
          id={id}
          ref={area}
          rows={3}
          value={value}
          required
          spellcheck={false}
          autocomplete="off"
          aria-describedby={`${id}-hint`}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      </div>
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

export function Switch(props: {
  label: string;
  hint?: string;
  on: boolean;
  onChange: (on: boolean) => void;
}) {
  const { label, hint, on, onChange } = props;
  const id = useId();
  return (
    <div class="switch">
      <div>
        <label for={id}>{label}</label>
        {hint && (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
      <input
        id={id}
        type="checkbox"
        checked={on}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
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

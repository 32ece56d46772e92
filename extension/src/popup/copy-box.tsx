/** A text to be taken elsewhere: selected when entered, copied by its button. */

import { useRef } from 'preact/hooks';
import { IconButton } from '../components/controls';
import { t } from '../components/text';
import { useNavigation } from './navigation';

export function CopyBox({ label, text }: { label: string; text: string }) {
  const { say } = useNavigation();
  const input = useRef<HTMLInputElement>(null);
  const copy = async () => {
    input.current?.select();
    await navigator.clipboard.writeText(text);
    say(t('copied'));
  };
  return (
    <div class="field-box">
      <input
        ref={input}
        readOnly
        value={text}
        aria-label={label}
        onFocus={(event) => event.currentTarget.select()}
      />
      <IconButton icon="copy" label={t('copy')} onPress={() => void copy()} />
    </div>
  );
}

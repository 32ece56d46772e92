/** Asking once more who it is, where the hub wants to know that the account's owner is there; then what was begun goes on. */

import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { Button, Field } from '../components/controls';
import { Dialog } from '../components/dialog';
import { t } from '../components/text';
import type { Answer, Ask, CommandName, Outcome } from '../messages';
import { type Command, useCommand } from './background';
import { Form } from './form';

/** Resolves when the person has proved who it is, to false when they would rather not. */
export type Prove = () => Promise<boolean>;

export const ProveContext = createContext<Prove>(async () => false);

/** As `useCommand`, for what the hub may want a fresh proof for. */
export function useGuardedCommand<Name extends CommandName>(name: Name): Command<Name> {
  const prove = useContext(ProveContext);
  const command = useCommand(name);
  const run = async (ask: Ask<Name>): Promise<Outcome<Answer<Name>>> => {
    const outcome = await command.run(ask);
    const wantsProof = !outcome.ok && outcome.problem.code === 'recent-login-required';
    return wantsProof && (await prove()) ? command.run(ask) : outcome;
  };
  return { ...command, run };
}

/** The dialog while there is somebody to be asked, and what asks them. */
export function useProof() {
  const [answer, setAnswer] = useState<((proved: boolean) => void) | null>(null);
  const prove: Prove = () => new Promise((resolve) => setAnswer(() => resolve));
  const close = (proved: boolean) => {
    answer?.(proved);
    setAnswer(null);
  };
  return { prove, dialog: answer && <ProofDialog onClose={close} /> };
}

function ProofDialog({ onClose }: { onClose: (proved: boolean) => void }) {
  const [byCode, setByCode] = useState(false);
  const [typed, setTyped] = useState('');
  const { run, busy, problem } = useCommand('prove');
  const submit = async () => {
    if ((await run(byCode ? { otp: typed } : { password: typed })).ok) onClose(true);
  };
  const other = () => {
    setByCode(!byCode);
    setTyped('');
  };
  return (
    <Dialog title={t('proofTitle')} lead={t('proofLead')} onCancel={() => onClose(false)}>
      <Form
        action={t('continue')}
        busy={busy}
        problem={problem}
        onSubmit={() => void submit()}
        more={
          <>
            <Button kind="link" onPress={other}>
              {t(byCode ? 'usePassword' : 'useCode')}
            </Button>
            <Button kind="link" onPress={() => onClose(false)}>
              {t('cancel')}
            </Button>
          </>
        }
      >
        {byCode ? (
          <Field
            key="code"
            label={t('otp')}
            hint={t('otpHint')}
            autocomplete="one-time-code"
            maxLength={40}
            value={typed}
            onInput={setTyped}
            autofocus
          />
        ) : (
          <Field
            key="password"
            label={t('password')}
            type="password"
            autocomplete="current-password"
            value={typed}
            onInput={setTyped}
            autofocus
          />
        )}
      </Form>
    </Dialog>
  );
}

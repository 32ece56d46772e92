/** The popup's line to the background: the state as it is now, and commands. */

import { useCallback, useEffect, useState } from 'preact/hooks';
import { browser } from 'wxt/browser';
import { t } from '../components/text';
import {
  type Answer,
  type AppState,
  type Ask,
  type CommandName,
  type Outcome,
  type Problem,
  STATE_PORT,
} from '../messages';

export async function ask<Name extends CommandName>(
  command: Name,
  ask: Ask<Name>,
): Promise<Outcome<Answer<Name>>> {
  try {
    return await browser.runtime.sendMessage({ command, ask });
  } catch {
    // The worker was stopped before it could answer. Whether it was done, the state will show.
    return { ok: false, problem: { code: 'interrupted', detail: '' } };
  }
}

/** The background's state; null until it has told it once. */
export function useAppState(): AppState | null {
  const [state, setState] = useState<AppState | null>(null);
  useEffect(() => {
    let port: ReturnType<typeof browser.runtime.connect> | null = null;
    const connect = () => {
      port = browser.runtime.connect({ name: STATE_PORT });
      port.onMessage.addListener((message: AppState) => setState(message));
      // The worker was stopped; connecting wakes it again.
      port.onDisconnect.addListener(connect);
    };
    connect();
    return () => port?.disconnect();
  }, []);
  return state;
}

export interface Command<Name extends CommandName> {
  busy: boolean;
  problem: Problem | null;
  run(ask: Ask<Name>): Promise<Outcome<Answer<Name>>>;
}

/** A command that a screen gives when the person presses something. */
export function useCommand<Name extends CommandName>(name: Name): Command<Name> {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = useCallback(
    async (question: Ask<Name>) => {
      setBusy(true);
      setProblem(null);
      const outcome = await ask(name, question);
      setBusy(false);
      if (!outcome.ok) setProblem(outcome.problem);
      return outcome;
    },
    [name],
  );
  return { busy, problem, run };
}

/**
 * A command that names a hub. That others could read what is said to it is an objection once; given again unchanged,
 * it is the person's own choice.
 */
export function useHubCommand(name: 'useHub' | 'readInvitation') {
  const { run, busy, problem } = useCommand(name);
  const [warnedOf, setWarnedOf] = useState('');
  const insists = (typed: string) => problem?.code === 'hub-open-to-others' && typed === warnedOf;
  return {
    busy,
    problem,
    /** What pressing the button means now. */
    action: (typed: string) => t(insists(typed) ? 'hubUseAnyway' : 'continue'),
    run: (typed: string) => {
      setWarnedOf(typed);
      return run({ typed, evenIfOpen: insists(typed) });
    },
  };
}

/** The answer to a command, asked again whenever one of `on` changes; undefined until there is one. */
export function useAnswer<Name extends CommandName>(
  name: Name,
  question: Ask<Name>,
  on: readonly unknown[],
): { value: Answer<Name> | undefined; problem: Problem | null; again: () => void } {
  const [value, setValue] = useState<Answer<Name>>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [round, setRound] = useState(0);
  // `on` stands for what `question` is made of.
  useEffect(() => {
    let current = true;
    void ask(name, question).then((outcome) => {
      if (!current) return;
      if (outcome.ok) setValue(outcome.value);
      setProblem(outcome.ok ? null : outcome.problem);
    });
    return () => {
      current = false;
    };
  }, [...on, round]);
  return { value, problem, again: useCallback(() => setRound((number) => number + 1), []) };
}

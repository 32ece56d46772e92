/** The steps before anybody is logged in, and what each knows. */

import type { AppState, Problem } from '../messages';

export type Step =
  | 'log-in'
  | 'second-factor'
  | 'create-account'
  | 'check-mail'
  | 'forgotten-password'
  | 'paste-invitation';

export interface StepProps {
  state: AppState;
  hub: string;
  email: string;
  password: string;
  onEmail: (email: string) => void;
  onPassword: (password: string) => void;
  onStep: (step: Step) => void;
}

/** What a log-in still wants where its password was right. */
export function stepAfter({ code }: Problem): Step | null {
  if (code === 'second-factor-required') return 'second-factor';
  return code === 'unverified' ? 'check-mail' : null;
}

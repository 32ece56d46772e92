/**
 * What a person sends along with a question about a fault. The rule: no names, no titles, no addresses of people or
 * bookmarks, and no secrets.
 */

import type { AppState } from '../messages';

export function report(state: AppState, device: string): string {
  return JSON.stringify(
    {
      extension: state.version,
      device,
      hub: state.hub,
      loggedIn: state.account !== null,
      connection: state.connection,
      teams: state.teams.map(({ id, sync, waiting, bookmarks, canWrite, held, problem, ...team }) => ({
        id,
        sync,
        waiting,
        bookmarks,
        canWrite,
        held: held?.reason ?? null,
        problem,
        putBack: team.putBack.length,
        unshared: team.unshared.map(({ reason }) => reason),
      })),
    },
    null,
    2,
  );
}

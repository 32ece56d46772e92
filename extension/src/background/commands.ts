/** What the popup and the pages may ask for, carried out. Each command either does all of it or throws HubError. */

import { type HubAddress, hubAddress, invitationLink, isOpenToOthers, webAddress } from '../hub/address';
import { HubError } from '../hub/http';
import type { Answer, Ask, CommandMessage, CommandName, Outcome } from '../messages';
import type { NativeId, NodeId } from '../model/ids';
import type { App } from './app';
import { folderView, search } from './browse';
import { guardCommands } from './guard-commands';
import { memberCommands } from './member-commands';
import { report } from './report';
import { problemOf } from './state';
import type { TeamBridge } from './teams';

/** What commands need of the browser. */
export interface Surroundings {
  /** How this machine is called in the list of sessions: "Chromium on Linux". */
  device: string;
  /** Addresses that may be opened from here. */
  opens(url: string): boolean;
  /** Makes a bookmark, or a folder where `url` is null, at the end of this folder. False where that is no more. */
  addTo(folder: NativeId, title: string, url: string | null): Promise<boolean>;
  /** Titles from the root down to this native folder, which is shown to the person where the browser can. */
  showFolder(folder: NativeId): Promise<string[]>;
}

type Implementation = { [Name in CommandName]: (ask: Ask<Name>) => Promise<Answer<Name>> };

export class Commands {
  readonly #commands: Implementation;

  constructor(
    private readonly app: App,
    around: Surroundings,
  ) {
    this.#commands = implement(app, around);
  }

  async answer<Name extends CommandName>({
    command,
    ask,
  }: CommandMessage<Name>): Promise<Outcome<Answer<Name>>> {
    try {
      await this.app.start();
      return { ok: true, value: await this.#commands[command](ask) };
    } catch (error) {
      if (error instanceof HubError) return { ok: false, problem: problemOf(error) };
      console.error('Teammarks: a command failed', error);
      return { ok: false, problem: { code: 'internal', detail: '' } };
    }
  }
}

function implement(app: App, around: Surroundings): Implementation {
  const refuse = (code: string): never => {
    throw new HubError(code, '', 0);
  };
  const bridge = (team: string): TeamBridge => app.teams.bridge(team) ?? refuse('not-found');
  const pastedToken = (): string => (app.pasted ?? refuse('gone')).token;

  async function proveHub(hub: HubAddress): Promise<HubAddress> {
    const meta = await app.rest.meta(hub).catch((error: unknown) => {
      throw error instanceof HubError && error.code !== 'offline' ? new HubError('not-a-hub', '', 0) : error;
    });
    return typeof meta.version === 'string' ? hub : refuse('not-a-hub');
  }

  /** Proves that a hub answers there before anything is kept. */
  async function useHub(typed: string, evenIfOpen: boolean): Promise<HubAddress> {
    const address = hubAddress(typed) ?? refuse('address-invalid');
    if (isOpenToOthers(address) && !evenIfOpen) refuse('hub-open-to-others');
    const hub = await proveHub(address).catch((error: unknown) => {
      // Copied from the address bar, it names a page of the hub.
      const { origin } = new URL(address);
      if (origin === address) throw error;
      return proveHub(origin).catch(() => {
        throw error;
      });
    });
    await app.useHub(hub);
    return hub;
  }

  return {
    ...guardCommands(app),
    ...memberCommands(app),

    useHub: async ({ typed, evenIfOpen }) => ({ hub: await useHub(typed, evenIfOpen) }),

    forgetHub: async () => {
      await app.forgetHub();
      return null;
    },

    register: async ({ name, email, password }) => {
      const token = app.pasted?.token;
      await app.rest.register({
        display_name: name,
        email,
        password,
        ...(token === undefined ? {} : { invitation_token: token }),
      });
      // The hub does not say whether the address had an account, but its password was not this one.
      const session = await app.rest
        .logIn({ email, password, device: around.device })
        .catch((error: unknown) => {
          throw error instanceof HubError && error.code === 'credentials-wrong'
            ? new HubError('account-exists', '', error.status)
            : error;
        });
      await app.loggedIn(session);
      return null;
    },

    logIn: async ({ email, password, otp }) => {
      const { device } = around;
      const session = await app.rest.logIn({
        email,
        password,
        device,
        ...(otp === undefined ? {} : { otp }),
      });
      await app.loggedIn(session);
      return null;
    },

    sendVerification: async ({ email }) => {
      await app.rest.sendVerification(email);
      return null;
    },

    sendReset: async ({ email }) => {
      await app.rest.sendReset(email);
      return null;
    },

    logOut: async () => {
      await app.logOut();
      return null;
    },

    readInvitation: async ({ typed, evenIfOpen }) => {
      const link = invitationLink(typed) ?? refuse('invitation-unreadable');
      if (link.hub !== null && link.hub !== app.hub) {
        if (app.account) refuse('invitation-of-other-hub');
        await useHub(link.hub, evenIfOpen);
      }
      if (app.hub === null) refuse('invitation-without-hub');
      const { token } = link;
      await app.setPasted({ token, invitation: await app.rest.lookUp(token) });
      return null;
    },

    forgetInvitation: async () => {
      await app.setPasted(null);
      return null;
    },

    acceptInvitation: async () => {
      await app.rest.accept(pastedToken());
      await app.setPasted(null);
      await app.refresh();
      return null;
    },

    declineInvitation: async () => {
      await app.rest.decline(pastedToken());
      await app.setPasted(null);
      await app.refresh();
      return null;
    },

    createOrganization: async ({ name }) => {
      const { id } = await app.rest.createOrganization(name);
      await app.refresh();
      return { id };
    },

    createTeam: async ({ organization, name }) => {
      const { id } = await app.rest.createTeam(organization, name);
      await app.refresh();
      return { id };
    },

    folder: async ({ team, node }) => folderView(bridge(team).tree, node as NodeId, around.opens),

    add: async ({ team, folder, title, url }) => {
      const address = url === null ? null : (webAddress(url) ?? refuse('not-openable'));
      if (address !== null && !around.opens(address)) refuse('not-openable');
      const native = bridge(team).nativeOf(folder as NodeId) ?? refuse('not-found');
      if (!(await around.addTo(native, title, address))) refuse('not-found');
      return null;
    },

    search: async ({ query, team }) => {
      const ids = team === null ? app.teams.seats.map((seat) => seat.team.id) : [team];
      return ids.flatMap((id) => {
        const tree = app.teams.bridge(id)?.tree;
        return tree ? search(tree, query, around.opens).map((hit) => ({ ...hit, team: id })) : [];
      });
    },

    resolveHeld: async ({ team, choice }) => {
      await bridge(team).resolveHeld(choice);
      return null;
    },

    keepCopy: async ({ team }) => {
      const of = bridge(team);
      await of.keepCopy(of.state.putBack);
      await of.clearPutBack();
      return null;
    },

    dismissPutBack: async ({ team }) => {
      await bridge(team).clearPutBack();
      return null;
    },

    showFolder: async ({ team }) => {
      const { folder } = bridge(team).state;
      return { path: folder === null ? [] : await around.showFolder(folder) };
    },

    diagnostics: async () => ({ report: report(app.state(), around.device) }),
  };
}

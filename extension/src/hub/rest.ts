/** The hub's REST API, typed. Bodies keep the hub's own names, so that its OpenAPI page explains them. */

import type { Credentials, SessionAnswer } from './credentials';
import { Guards } from './guards';
import { type Fetch, HubError, type Method, request } from './http';
import { Invitations } from './invitations';

/** What of a hub's account of itself is needed here. */
export interface Meta {
  version: string;
}

export interface Access {
  can_read: boolean;
  can_write: boolean;
  is_manager: boolean;
}

export interface Team extends Access {
  id: string;
  name: string;
  organization: { id: string; name: string };
}

export type Role = 'owner' | 'admin' | 'member';

export interface Organization {
  id: string;
  name: string;
  role: Role;
}

export interface Member extends Access {
  account_id: string;
  display_name: string;
  /** Null for who may not see addresses. */
  email: string | null;
}

/** An invitation as the person sees it whom it is for. */
export interface Invitation {
  id: string;
  /** Null for a link: it is for whoever holds it. */
  email: string | null;
  link?: { needs_approval: boolean } | null;
  organization: { id: string; name: string };
  teams: { team_id: string; name: string; can_write: boolean; is_manager: boolean }[];
  invited_by: { display_name: string };
  expires_at: string;
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export class Rest {
  readonly guards: Guards;
  readonly invitations: Invitations;

  constructor(
    private readonly fetch: Fetch,
    private readonly hub: () => string,
    private readonly credentials: Credentials,
  ) {
    const call = (method: Method, path: string, body?: unknown) => this.#call(method, path, body);
    const all = <T>(path: string) => this.#all<T>(path);
    this.guards = new Guards(call, all);
    this.invitations = new Invitations(call, all);
  }

  // -- without an account

  meta(hub: string): Promise<Meta> {
    return request(this.fetch, hub, 'GET', '/api/v1/meta') as Promise<Meta>;
  }

  async register(body: {
    email: string;
    password: string;
    display_name: string;
    invitation_token?: string;
  }): Promise<void> {
    await this.#anonymous('POST', '/accounts', body);
  }

  logIn(body: { email: string; password: string; device: string; otp?: string }): Promise<SessionAnswer> {
    return this.#anonymous('POST', '/sessions', body) as Promise<SessionAnswer>;
  }

  async sendVerification(email: string): Promise<void> {
    await this.#anonymous('POST', '/accounts/verification-mails', { email });
  }

  async sendReset(email: string): Promise<void> {
    await this.#anonymous('POST', '/accounts/password-resets', { email });
  }

  lookUp(token: string): Promise<Invitation> {
    return this.#anonymous('POST', '/invitations/lookup', { token }) as Promise<Invitation>;
  }

  // -- the account

  async logOut(): Promise<void> {
    await this.#call('DELETE', '/sessions/current');
  }

  myTeams(): Promise<Team[]> {
    return this.#all<Team>('/me/teams');
  }

  myInvitations(): Promise<Invitation[]> {
    return this.#all<Invitation>('/me/invitations');
  }

  async accept(token: string): Promise<void> {
    await this.#call('POST', '/invitations/accept', { token });
  }

  async decline(token: string): Promise<void> {
    await this.#call('POST', '/invitations/decline', { token });
  }

  // -- organizations and teams

  organizations(): Promise<Organization[]> {
    return this.#all<Organization>('/organizations');
  }

  createOrganization(name: string): Promise<Organization> {
    return this.#call('POST', '/organizations', { name }) as Promise<Organization>;
  }

  createTeam(organization: string, name: string): Promise<{ id: string; name: string }> {
    const path = `/organizations/${encodeURIComponent(organization)}/teams`;
    return this.#call('POST', path, { name }) as Promise<{ id: string; name: string }>;
  }

  members(team: string): Promise<Member[]> {
    return this.#all<Member>(`/teams/${encodeURIComponent(team)}/members`);
  }

  async setAccess(team: string, account: string, access: Access): Promise<void> {
    await this.#call(
      'PUT',
      `/teams/${encodeURIComponent(team)}/members/${encodeURIComponent(account)}`,
      access,
    );
  }

  async removeMember(team: string, account: string): Promise<void> {
    await this.#call('DELETE', `/teams/${encodeURIComponent(team)}/members/${encodeURIComponent(account)}`);
  }

  // --

  #anonymous(method: Method, path: string, body: unknown): Promise<unknown> {
    return request(this.fetch, this.hub(), method, `/api/v1${path}`, { body });
  }

  /** With the account's token; one that the hub no longer takes is renewed and the call made once more. */
  async #call(method: Method, path: string, body?: unknown): Promise<unknown> {
    const send = (token: string) =>
      request(this.fetch, this.hub(), method, `/api/v1${path}`, { token, body });
    const token = await this.credentials.token();
    try {
      return await send(token);
    } catch (error) {
      // A wrong code of a second factor is a 401 as well, and would be tried twice.
      if (!(error instanceof HubError && error.status === 401 && error.endsSession)) throw error;
      return send(await this.credentials.token(token));
    }
  }

  /** Every item of a list, page after page. */
  async #all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = (await this.#call('GET', `${path}?limit=200${from}`)) as Page<T>;
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return items;
  }
}

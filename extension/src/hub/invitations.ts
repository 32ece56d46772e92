/** The invitations of an organization, as those see them who make them, and who waits to be let in by a link. */

import type { Method } from './http';

export interface Offer {
  team_id: string;
  can_write: boolean;
  is_manager: boolean;
}

export interface Link {
  max_uses: number;
  /** How many have joined by it, or wait. */
  uses: number;
  needs_approval: boolean;
}

/** Only the answer to making it carries `accept_url`, which is null where the hub has mailed it. */
export interface SentInvitation {
  id: string;
  /** Null for a link: it is for whoever holds it. */
  email: string | null;
  link: Link | null;
  teams: Offer[];
  expires_at: string;
  accept_url?: string | null;
}

export interface JoinRequest {
  id: string;
  invitation_id: string;
  account_id: string;
  display_name: string;
  email: string;
}

/** For an address, or a link for whoever holds it. */
export type Invited = { email: string } | { link: Omit<Link, 'uses'> };

const of = (organization: string) => `/organizations/${encodeURIComponent(organization)}`;

export class Invitations {
  constructor(
    private readonly call: (method: Method, path: string, body?: unknown) => Promise<unknown>,
    private readonly all: <T>(path: string) => Promise<T[]>,
  ) {}

  sent(organization: string): Promise<SentInvitation[]> {
    return this.all<SentInvitation>(`${of(organization)}/invitations`);
  }

  send(organization: string, invited: Invited, team: Offer): Promise<SentInvitation> {
    const body = { ...invited, role: 'member', teams: [team] };
    return this.call('POST', `${of(organization)}/invitations`, body) as Promise<SentInvitation>;
  }

  /** With a new link; the one before is worth nothing any more. */
  sendAgain(organization: string, invitation: string): Promise<SentInvitation> {
    const path = `${of(organization)}/invitations/${encodeURIComponent(invitation)}/resend`;
    return this.call('POST', path) as Promise<SentInvitation>;
  }

  async withdraw(organization: string, invitation: string): Promise<void> {
    await this.call('DELETE', `${of(organization)}/invitations/${encodeURIComponent(invitation)}`);
  }

  requests(organization: string): Promise<JoinRequest[]> {
    return this.all<JoinRequest>(`${of(organization)}/join-requests`);
  }

  async decide(organization: string, request: string, decision: 'approve' | 'refuse'): Promise<void> {
    await this.call('POST', `${of(organization)}/join-requests/${encodeURIComponent(request)}/${decision}`);
  }
}

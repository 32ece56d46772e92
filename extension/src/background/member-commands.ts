/** The commands about who is in a team, who is invited to it and who waits to be let in. */

import { HubError } from '../hub/http';
import type { JoinRequest, SentInvitation } from '../hub/invitations';
import type { Member } from '../hub/rest';
import type { Access, Commands, MemberState, RequestState, SentInvitationState } from '../messages';
import type { App } from './app';
import { accessOf, problemOf, rightsOf } from './state';

type OfMembers =
  | 'members'
  | 'setAccess'
  | 'removeMember'
  | 'invite'
  | 'makeLink'
  | 'sendAgain'
  | 'withdrawInvitation'
  | 'decide';

export function memberCommands(app: App): {
  [Name in OfMembers]: (...ask: Parameters<Commands[Name]>) => Promise<ReturnType<Commands[Name]>>;
} {
  const { rest } = app;
  const { invitations } = rest;

  function organizationOf(team: string): string {
    const known = app.teams.team(team);
    if (!known) throw new HubError('not-found', '', 0);
    return known.organization.id;
  }

  const offer = (team: string, access: Access) => {
    const { can_write, is_manager } = rightsOf(access);
    return { team_id: team, can_write, is_manager };
  };

  return {
    members: async ({ team }) => {
      const mayInvite = app.teams.team(team)?.is_manager === true;
      const [members, sent, requests] = await Promise.all([
        rest.members(team),
        mayInvite ? invitations.sent(organizationOf(team)) : [],
        mayInvite ? invitations.requests(organizationOf(team)) : [],
      ]);
      const elsewhere = new Set(sent.filter((one) => !offered(one, team)).map(({ id }) => id));
      return {
        members: members.map((member) => memberState(member, app.account?.id)),
        invited: sent.flatMap((one) => sentState(one, team, app.now())),
        // Of a link that is over nothing more is known than who came by it.
        requests: requests.filter((one) => !elsewhere.has(one.invitation_id)).map(requestState),
      };
    },

    setAccess: async ({ team, account, access }) => {
      await rest.setAccess(team, account, rightsOf(access));
      return null;
    },

    removeMember: async ({ team, account }) => {
      await rest.removeMember(team, account);
      // Leaving oneself shows at once, not when the notice arrives.
      if (account === app.account?.id) await app.refresh();
      return null;
    },

    invite: async ({ team, emails, access }) => {
      const organization = organizationOf(team);
      const answers: ReturnType<Commands['invite']> = [];
      for (const email of emails)
        answers.push(
          await invitations.send(organization, { email }, offer(team, access)).then(
            ({ accept_url }) => ({ email, link: accept_url ?? null, problem: null }),
            (error: unknown) => {
              if (!(error instanceof HubError)) throw error;
              return { email, link: null, problem: problemOf(error) };
            },
          ),
        );
      return answers;
    },

    makeLink: async ({ team, access, maxUses, needsApproval }) => {
      const link = { max_uses: maxUses, needs_approval: needsApproval };
      const made = await invitations.send(organizationOf(team), { link }, offer(team, access));
      return { link: made.accept_url ?? '' };
    },

    sendAgain: async ({ team, invitation }) => {
      const again = await invitations.sendAgain(organizationOf(team), invitation);
      return { link: again.accept_url ?? null };
    },

    withdrawInvitation: async ({ team, invitation }) => {
      await invitations.withdraw(organizationOf(team), invitation);
      return null;
    },

    decide: async ({ team, request, decision }) => {
      await invitations.decide(organizationOf(team), request, decision);
      return null;
    },
  };
}

function offered({ teams }: SentInvitation, team: string) {
  return teams.find(({ team_id }) => team_id === team);
}

function sentState(sent: SentInvitation, team: string, now: number): SentInvitationState[] {
  const rights = offered(sent, team);
  if (!rights) return [];
  const { id, email, link, expires_at } = sent;
  return [
    {
      id,
      email: email ?? '',
      link: link && { uses: link.uses, maxUses: link.max_uses, needsApproval: link.needs_approval },
      access: accessOf({ can_read: true, ...rights }),
      isOver: Date.parse(expires_at) <= now,
    },
  ];
}

function requestState({ id, account_id, display_name, email }: JoinRequest): RequestState {
  return { id, account: account_id, name: display_name, email };
}

function memberState(member: Member, me: string | undefined): MemberState {
  const { account_id, display_name, email } = member;
  return {
    account: account_id,
    name: display_name,
    email: email ?? '',
    access: accessOf(member),
    isMe: account_id === me,
  };
}

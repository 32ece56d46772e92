/** Who is in a team and what each may do; for managers, also changing it. */

import { useState } from 'preact/hooks';
import { Choice, IconButton } from '../components/controls';
import { Confirm } from '../components/dialog';
import { Avatar, Callout, Skeleton } from '../components/parts';
import { t } from '../components/text';
import type { MemberState, Problem, TeamState } from '../messages';
import { useAnswer, useCommand } from './background';
import { InvitedRow, RequestRow, type RowProps } from './invited';
import { useNavigation } from './navigation';
import { Menu, Screen } from './shell';
import { accessChoices, accessWord, problemText } from './words';

export function MembersScreen({ team }: { team: TeamState }) {
  const { open, back } = useNavigation();
  const { value, problem, again } = useAnswer('members', { team: team.id }, [team.id, team.isManager]);
  const [failed, setFailed] = useState<Problem | null>(null);
  const wrong = problem ?? failed;
  return (
    <Screen
      title={t('members')}
      back={back}
      actions={
        team.isManager && (
          <Menu
            icon="add"
            label={t('invite')}
            items={[
              {
                icon: 'mail',
                text: t('inviteByMail'),
                onPress: () => open({ at: 'invite', team: team.id }),
              },
              {
                icon: 'link',
                text: t('inviteByLink'),
                onPress: () => open({ at: 'invite-link', team: team.id }),
              },
            ]}
          />
        )
      }
    >
      {wrong && (
        <Callout tone="error">
          <p>{problemText(wrong)}</p>
        </Callout>
      )}
      {!value && !problem && <Skeleton rows={3} />}
      {value && value.requests.length > 0 && (
        <>
          <h2 class="section">{t('waitingForApproval')}</h2>
          <ul class="list" aria-label={t('waitingForApproval')}>
            {value.requests.map((request) => (
              <li key={request.id}>
                <RequestRow team={team} request={request} onChanged={again} onProblem={setFailed} />
              </li>
            ))}
          </ul>
        </>
      )}
      {value && (
        <ul class="list" aria-label={t('members')}>
          {value.members.map((member) => (
            <li key={member.account}>
              <MemberRow team={team} member={member} onChanged={again} onProblem={setFailed} />
            </li>
          ))}
        </ul>
      )}
      {value && value.invited.length > 0 && (
        <>
          <h2 class="section">{t('invited')}</h2>
          <ul class="list" aria-label={t('invited')}>
            {value.invited.map((invitation) => (
              <li key={invitation.id}>
                <InvitedRow team={team} invitation={invitation} onChanged={again} onProblem={setFailed} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Screen>
  );
}

function MemberRow({ team, member, onChanged, onProblem }: RowProps & { member: MemberState }) {
  const { say } = useNavigation();
  const [asking, setAsking] = useState(false);
  const setAccess = useCommand('setAccess');
  const remove = useCommand('removeMember');
  const { account, name, isMe } = member;
  const mayChange = team.isManager && !isMe;
  return (
    <>
      <div class="row">
        <Avatar id={account} name={name} round />
        <span class="row-text">
          <span class="row-title">{isMe ? `${name} (${t('you')})` : name}</span>
          {member.email && <span class="row-more">{member.email}</span>}
        </span>
      </div>
      <span class="row-end">
        {mayChange ? (
          <Choice
            bare
            label={t('accessOf', name)}
            value={member.access}
            options={accessChoices()}
            onChoose={async (access) => {
              const outcome = await setAccess.run({ team: team.id, account, access });
              onProblem(outcome.ok ? null : outcome.problem);
              if (outcome.ok) say(t('accessChanged', name, accessWord(access)));
              onChanged();
            }}
          />
        ) : (
          accessWord(member.access)
        )}
        {(mayChange || isMe) && (
          <IconButton
            icon="close"
            label={isMe ? t('leaveTeam') : t('removePerson', name)}
            onPress={() => setAsking(true)}
          />
        )}
      </span>
      {asking && (
        <Confirm
          title={isMe ? t('leaveHeading', team.name) : t('removeHeading', name, team.name)}
          lead={isMe ? t('leaveLead') : t('removeLead')}
          action={isMe ? t('leave') : t('remove')}
          onCancel={() => setAsking(false)}
          onConfirm={async () => {
            setAsking(false);
            const outcome = await remove.run({ team: team.id, account });
            onProblem(outcome.ok ? null : outcome.problem);
            // Whoever leaves hears of it as of being removed: the team is gone.
            if (isMe) return;
            if (outcome.ok) say(t('removed', name));
            onChanged();
          }}
        />
      )}
    </>
  );
}

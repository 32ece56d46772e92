/** Rows of those who are not in a team yet: invitations on their way, and people who wait to be let in. */

import { useState } from 'preact/hooks';
import { IconButton } from '../components/controls';
import { Avatar, Chip } from '../components/parts';
import { t } from '../components/text';
import type { Problem, RequestState, SentInvitationState, TeamState } from '../messages';
import { useCommand } from './background';
import { CopyBox } from './copy-box';
import { useNavigation } from './navigation';
import { useGuardedCommand } from './proof';
import { accessWord, linkTitle } from './words';

export interface RowProps {
  team: TeamState;
  onChanged: () => void;
  onProblem: (problem: Problem | null) => void;
}

export function InvitedRow(props: RowProps & { invitation: SentInvitationState }) {
  const { team, invitation, onChanged, onProblem } = props;
  const { say } = useNavigation();
  const [link, setLink] = useState<string | null>(null);
  const withdraw = useCommand('withdrawInvitation');
  const sendAgain = useCommand('sendAgain');
  const name = invitation.link ? linkTitle(invitation.link) : invitation.email;
  const which = { team: team.id, invitation: invitation.id };
  const again = async () => {
    const outcome = await sendAgain.run(which);
    onProblem(outcome.ok ? null : outcome.problem);
    if (!outcome.ok) return;
    setLink(outcome.value.link);
    if (outcome.value.link === null) say(t('sentAgain'));
    onChanged();
  };
  const takeBack = async () => {
    const outcome = await withdraw.run(which);
    onProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) say(t('withdrawn'));
    onChanged();
  };
  return (
    <>
      <div class="row">
        <Avatar id={name} name={name} round />
        <span class="row-text">
          <span class="row-title">{name}</span>
          <span class="row-chips">
            {invitation.isOver ? <Chip tone="needed">{t('isOver')}</Chip> : <Chip>{t('invited')}</Chip>}
            <span class="row-more">
              {invitation.link?.needsApproval
                ? t('linkAsks', accessWord(invitation.access))
                : accessWord(invitation.access)}
            </span>
          </span>
        </span>
      </div>
      <span class="row-end">
        <IconButton
          icon="sync"
          label={t(invitation.link ? 'renewLink' : 'sendAgainTo', name)}
          onPress={() => void again()}
        />
        <IconButton icon="close" label={t('withdrawFor', name)} onPress={() => void takeBack()} />
      </span>
      {link !== null && (
        <div class="row-below">
          <p class="hint">{t('inviteReadyLead')}</p>
          <CopyBox label={t('acceptLink')} text={link} />
        </div>
      )}
    </>
  );
}

export function RequestRow(props: RowProps & { request: RequestState }) {
  const { team, request, onChanged, onProblem } = props;
  const { say } = useNavigation();
  const { run } = useGuardedCommand('decide');
  const decide = async (decision: 'approve' | 'refuse') => {
    const outcome = await run({ team: team.id, request: request.id, decision });
    onProblem(outcome.ok ? null : outcome.problem);
    if (outcome.ok) say(t(decision === 'approve' ? 'approved' : 'refusedPerson', request.name));
    onChanged();
  };
  return (
    <>
      <div class="row">
        <Avatar id={request.account} name={request.name} round />
        <span class="row-text">
          <span class="row-title">{request.name}</span>
          <span class="row-more">{request.email}</span>
          <span class="row-chips">
            <Chip tone="needed">{t('needsApproval')}</Chip>
          </span>
        </span>
      </div>
      <span class="row-end">
        <IconButton icon="check" label={t('approve', request.name)} onPress={() => void decide('approve')} />
        <IconButton icon="close" label={t('refuse', request.name)} onPress={() => void decide('refuse')} />
      </span>
    </>
  );
}

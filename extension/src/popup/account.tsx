/** The account and what guards it. */

import { Button } from '../components/controls';
import { Avatar } from '../components/parts';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useCommand } from './background';
import { useNavigation } from './navigation';
import { Screen } from './shell';

export function AccountScreen({ account }: { account: NonNullable<AppState['account']> }) {
  const { back, reset } = useNavigation();
  const { run, busy } = useCommand('logOut');
  const logOut = async () => {
    await run({});
    // Who logs in next begins at the beginning.
    reset({ at: 'teams' });
  };
  return (
    <Screen title={t('account')} back={back}>
      <ul class="list">
        <li>
          <div class="row">
            <Avatar id={account.id} name={account.name} round />
            <span class="row-text">
              <span class="row-title">{account.name}</span>
              <span class="row-more">{account.email}</span>
            </span>
          </div>
          <span class="row-end">
            <Button kind="link" busy={busy} onPress={() => void logOut()}>
              {t('logOut')}
            </Button>
          </span>
        </li>
      </ul>
      <p class="hint under-list">{t('logOutHint')}</p>
    </Screen>
  );
}

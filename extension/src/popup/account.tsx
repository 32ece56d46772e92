/** The account and what guards it. */

import { Button } from '../components/controls';
import { Icon } from '../components/icon';
import { Avatar } from '../components/parts';
import { LinkRow } from '../components/rows';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useCommand } from './background';
import { useNavigation } from './navigation';
import { Screen } from './shell';

export function AccountScreen({ account }: { account: NonNullable<AppState['account']> }) {
  const { back, open, reset } = useNavigation();
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
      <ul class="list" aria-label={t('account')}>
        <LinkRow
          icon={<Icon name="device" />}
          title={t('devices')}
          more={t('devicesHint')}
          onPress={() => open({ at: 'devices' })}
        />
        <LinkRow
          icon={<Icon name="key" />}
          title={t('password')}
          more={t('changePassword')}
          onPress={() => open({ at: 'password' })}
        />
        <LinkRow
          icon={<Icon name="shield" />}
          title={t('secondFactorTitle')}
          more={t('secondFactorHint')}
          onPress={() => open({ at: 'second-factor' })}
        />
      </ul>
    </Screen>
  );
}

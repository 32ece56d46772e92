/** Settings: a few rows, each with a screen of its own, and no save button. */

import { browser } from 'wxt/browser';
import { IconButton } from '../components/controls';
import { Icon } from '../components/icon';
import { Avatar } from '../components/parts';
import { LinkRow } from '../components/rows';
import { t } from '../components/text';
import type { AppState } from '../messages';
import { useNavigation } from './navigation';
import { Screen } from './shell';

export function SettingsScreen({ state }: { state: AppState }) {
  const { open } = useNavigation();
  const { account } = state;
  return (
    <Screen
      title={t('settingsTitle')}
      actions={
        <IconButton
          icon="popOut"
          label={t('openInTab')}
          onPress={() => void browser.runtime.openOptionsPage()}
        />
      }
    >
      <ul class="list" aria-label={t('settingsTitle')}>
        {account && (
          <LinkRow
            icon={<Avatar id={account.id} name={account.name} round />}
            title={account.name}
            more={account.email}
            onPress={() => open({ at: 'account' })}
          />
        )}
        <LinkRow
          icon={<Icon name="look" />}
          title={t('appearance')}
          more={t('appearanceHint')}
          onPress={() => open({ at: 'appearance' })}
        />
        <LinkRow
          icon={<Icon name="info" />}
          title={t('about')}
          more={t('aboutHint')}
          onPress={() => open({ at: 'about' })}
        />
      </ul>
    </Screen>
  );
}

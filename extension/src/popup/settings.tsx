/** Settings: a few rows, no save button. */

import { browser } from 'wxt/browser';
import { Button, IconButton } from '../components/controls';
import { Avatar } from '../components/parts';
import { type Text, t } from '../components/text';
import type { Connection } from '../hub/socket';
import type { AppState } from '../messages';
import { ask, useCommand } from './background';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { hubName } from './words';

const CONNECTIONS: Record<Connection, Text> = {
  off: 'connectionOff',
  connecting: 'connectionConnecting',
  online: 'connectionOnline',
  offline: 'connectionOffline',
};

export function SettingsScreen({ state }: { state: AppState }) {
  const { say, reset } = useNavigation();
  const { run, busy } = useCommand('logOut');
  const logOut = async () => {
    await run({});
    // Who logs in next begins at the beginning.
    reset({ at: 'teams' });
  };
  const copyReport = async () => {
    const outcome = await ask('diagnostics', {});
    if (!outcome.ok) return;
    await navigator.clipboard.writeText(outcome.value.report);
    say(t('diagnosticsCopied'));
  };
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
      {state.account && (
        <>
          <h2 class="section">{t('account')}</h2>
          <ul class="list">
            <li>
              <div class="row">
                <Avatar id={state.account.id} name={state.account.name} round />
                <span class="row-text">
                  <span class="row-title">{state.account.name}</span>
                  <span class="row-more">{state.account.email}</span>
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
        </>
      )}
      <h2 class="section">{t('hub')}</h2>
      <ul class="list">
        <Fact name={t('hubAddress')} value={state.hub ? hubName(state.hub) : ''} />
        <Fact name={t('connection')} value={t(CONNECTIONS[state.connection])} />
      </ul>
      <h2 class="section">{t('appearance')}</h2>
      <ul class="list">
        <Fact name={t('followsBrowser')} />
      </ul>
      <h2 class="section">{t('about')}</h2>
      <ul class="list">
        <Fact name={t('extensionName')} value={t('version', state.version)} />
        <li>
          <button type="button" class="row slim" onClick={() => void copyReport()}>
            <span class="row-text">
              <span class="row-title">{t('copyDiagnostics')}</span>
              <span class="row-more">{t('diagnosticsHint')}</span>
            </span>
          </button>
        </li>
      </ul>
    </Screen>
  );
}

function Fact({ name, value }: { name: string; value?: string }) {
  return (
    <li>
      <div class="row slim">
        <span class="row-text">
          <span>{name}</span>
        </span>
        {value !== undefined && <span class="fact">{value}</span>}
      </div>
    </li>
  );
}

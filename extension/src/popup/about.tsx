/** Which hub, how the line to it is, which version; and a report for whoever is asked for help. */

import { Icon } from '../components/icon';
import { Fact, LinkRow } from '../components/rows';
import { type Text, t } from '../components/text';
import type { Connection } from '../hub/socket';
import type { AppState } from '../messages';
import { ask } from './background';
import { useNavigation } from './navigation';
import { Screen } from './shell';
import { hubName } from './words';

const CONNECTIONS: Record<Connection, Text> = {
  off: 'connectionOff',
  connecting: 'connectionConnecting',
  online: 'connectionOnline',
  offline: 'connectionOffline',
};

export function AboutScreen({ state }: { state: AppState }) {
  const { back, say } = useNavigation();
  const copyReport = async () => {
    const outcome = await ask('diagnostics', {});
    if (!outcome.ok) return;
    await navigator.clipboard.writeText(outcome.value.report);
    say(t('diagnosticsCopied'));
  };
  return (
    <Screen title={t('about')} back={back}>
      <ul class="list">
        <Fact name={t('hubAddress')} value={state.hub ? hubName(state.hub) : ''} />
        <Fact name={t('connection')} value={t(CONNECTIONS[state.connection])} />
        <Fact name={t('extensionName')} value={t('version', state.version)} />
      </ul>
      <ul class="list">
        <LinkRow
          icon={<Icon name="copy" />}
          title={t('copyDiagnostics')}
          more={t('diagnosticsHint')}
          onPress={() => void copyReport()}
        />
      </ul>
    </Screen>
  );
}

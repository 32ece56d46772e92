/** Where the account is logged in, each device with its own way out. */

import { useState } from 'preact/hooks';
import { Button, IconButton } from '../components/controls';
import { Confirm } from '../components/dialog';
import { Icon } from '../components/icon';
import { Callout, Skeleton } from '../components/parts';
import { t } from '../components/text';
import type { DeviceState } from '../messages';
import { useAnswer } from './background';
import { useNavigation } from './navigation';
import { useGuardedCommand } from './proof';
import { Screen } from './shell';
import { problemText, timeAgo } from './words';

export function DevicesScreen() {
  const { back, say } = useNavigation();
  const { value: devices, problem, again } = useAnswer('devices', {}, []);
  const endDevice = useGuardedCommand('endDevice');
  const endOthers = useGuardedCommand('endOtherDevices');
  const [asking, setAsking] = useState(false);
  const wrong = problem ?? endDevice.problem ?? endOthers.problem;
  const end = async ({ id, name }: DeviceState) => {
    if ((await endDevice.run({ device: id })).ok) say(t('deviceEnded', name || t('unnamedDevice')));
    again();
  };
  return (
    <Screen title={t('devices')} back={back}>
      {wrong && (
        <Callout tone="error">
          <p>{problemText(wrong)}</p>
        </Callout>
      )}
      {!devices && !problem && <Skeleton rows={2} />}
      {devices && (
        <ul class="list" aria-label={t('devices')}>
          {devices.map((device) => (
            <li key={device.id}>
              <DeviceRow device={device} onEnd={() => void end(device)} />
            </li>
          ))}
        </ul>
      )}
      {devices && devices.length > 1 && (
        <div class="actions under-list">
          <Button kind="plain" busy={endOthers.busy} onPress={() => setAsking(true)}>
            {t('endOtherDevices')}
          </Button>
        </div>
      )}
      {asking && (
        <Confirm
          title={t('endOthersHeading')}
          lead={t('endOthersLead')}
          action={t('logOut')}
          onCancel={() => setAsking(false)}
          onConfirm={async () => {
            setAsking(false);
            if ((await endOthers.run({})).ok) say(t('othersEnded'));
            again();
          }}
        />
      )}
    </Screen>
  );
}

function DeviceRow({ device, onEnd }: { device: DeviceState; onEnd: () => void }) {
  const name = device.name || t('unnamedDevice');
  return (
    <>
      <div class="row">
        <Icon name="device" />
        <span class="row-text">
          <span class="row-title">{name}</span>
          <span class="row-more">{device.isThis ? t('thisDevice') : timeAgo(device.lastUsedAt)}</span>
        </span>
      </div>
      {!device.isThis && (
        <span class="row-end">
          <IconButton icon="close" label={t('endDevice', name)} onPress={onEnd} />
        </span>
      )}
    </>
  );
}

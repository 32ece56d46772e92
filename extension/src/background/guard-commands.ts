/** The commands about what guards one's own account. */

import type { Commands } from '../messages';
import type { App } from './app';

type Guarding =
  | 'prove'
  | 'devices'
  | 'endDevice'
  | 'endOtherDevices'
  | 'changePassword'
  | 'secondFactor'
  | 'beginSecondFactor'
  | 'confirmSecondFactor'
  | 'removeSecondFactor'
  | 'newRecoveryCodes';

export function guardCommands({ rest: { guards } }: App): {
  [Name in Guarding]: (...ask: Parameters<Commands[Name]>) => Promise<ReturnType<Commands[Name]>>;
} {
  return {
    prove: async (proof) => {
      await guards.prove(proof);
      return null;
    },

    devices: async () =>
      (await guards.devices()).map(({ id, device, last_used_at, current }) => ({
        id,
        name: device,
        lastUsedAt: Date.parse(last_used_at),
        isThis: current,
      })),

    endDevice: async ({ device }) => {
      await guards.endDevice(device);
      return null;
    },

    endOtherDevices: async () => {
      await guards.endOtherDevices();
      return null;
    },

    changePassword: async ({ current, next }) => {
      await guards.changePassword({ current_password: current, new_password: next });
      return null;
    },

    secondFactor: async () => {
      const { enabled, recovery_codes_left } = await guards.secondFactor();
      return { enabled, recoveryCodesLeft: recovery_codes_left };
    },

    beginSecondFactor: () => guards.beginSecondFactor(),

    confirmSecondFactor: async ({ otp }) => ({
      recoveryCodes: (await guards.confirmSecondFactor(otp)).recovery_codes,
    }),

    removeSecondFactor: async () => {
      await guards.removeSecondFactor();
      return null;
    },

    newRecoveryCodes: async () => ({ recoveryCodes: (await guards.newRecoveryCodes()).recovery_codes }),
  };
}

/** What guards one's own account, by the hub's REST API: the devices, the password, the second factor. */

import type { Method } from './http';

export interface Device {
  id: string;
  device: string;
  last_used_at: string;
  current: boolean;
}

export interface Authenticator {
  secret: string;
  /** `otpauth://…`, which an authenticator on the same device opens. */
  uri: string;
}

/** Either of what proves again that one is there. */
export type Proof = { password: string } | { otp: string };

export class Guards {
  constructor(
    private readonly call: (method: Method, path: string, body?: unknown) => Promise<unknown>,
    private readonly all: <T>(path: string) => Promise<T[]>,
  ) {}

  devices(): Promise<Device[]> {
    return this.all<Device>('/sessions');
  }

  async endDevice(id: string): Promise<void> {
    await this.call('DELETE', `/sessions/${encodeURIComponent(id)}`);
  }

  async endOtherDevices(): Promise<void> {
    await this.call('DELETE', '/sessions?keep=current');
  }

  async prove(proof: Proof): Promise<void> {
    await this.call('POST', '/sessions/reauthenticate', proof);
  }

  async changePassword(body: { current_password: string; new_password: string }): Promise<void> {
    await this.call('PUT', '/me/password', body);
  }

  secondFactor(): Promise<{ enabled: boolean; recovery_codes_left: number }> {
    return this.call('GET', '/me/second-factor') as Promise<{
      enabled: boolean;
      recovery_codes_left: number;
    }>;
  }

  beginSecondFactor(): Promise<Authenticator> {
    return this.call('POST', '/me/second-factor') as Promise<Authenticator>;
  }

  confirmSecondFactor(otp: string): Promise<{ recovery_codes: string[] }> {
    return this.call('PUT', '/me/second-factor', { otp }) as Promise<{ recovery_codes: string[] }>;
  }

  async removeSecondFactor(): Promise<void> {
    await this.call('DELETE', '/me/second-factor');
  }

  newRecoveryCodes(): Promise<{ recovery_codes: string[] }> {
    return this.call('POST', '/me/second-factor/recovery-codes') as Promise<{ recovery_codes: string[] }>;
  }
}

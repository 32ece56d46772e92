/** Access tokens that a patient person would have come by: signed by the hub's own key, with another end. */
import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hub, Person } from '../support/hub';

/** A token like the person's own, but ending `seconds` from now (negative: ago). */
export async function tokenEndingIn(seconds: number, hub: Hub, person: Person): Promise<string> {
  const { keys } = JSON.parse(await readFile(join(hub.dataFolder, 'signing-keys.json'), 'utf8')) as {
    keys: (JsonWebKey & { state: string })[];
  };
  const key = keys.find(({ state }) => state === 'active');
  const [header, body] = person.token.split('.');
  if (!key || !header || !body) throw new Error('expected a signing key and a token of three parts');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as Record<string, unknown>;
  claims.exp = Math.floor(Date.now() / 1000) + seconds;
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key: createPrivateKey({ key, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363',
  });
  return `${signed}.${signature.toString('base64url')}`;
}

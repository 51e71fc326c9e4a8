/** The first administrator, made when there is no user yet. */
import type { Config } from '../config.ts';
import type { Identity } from './auth.ts';
import { randomSecret } from './secrets.ts';

export interface FirstAdmin {
  readonly email: string;
  /** Undefined for one that the configuration gave: whoever set it knows it. */
  readonly password: string | undefined;
}

/** Makes the administrator of a fresh system; undefined when there are users. Print it once, never log it. */
export async function ensureAdmin(identity: Identity, config: Config): Promise<FirstAdmin | undefined> {
  if ((await identity.listUsers()).length > 0) return undefined;
  const email = config.adminEmail || 'admin@openami.local';
  const made = config.adminPassword === '' ? randomSecret(12) : undefined;
  const password = made ?? config.adminPassword;
  await identity.createUser({ name: 'Administrator', email, password, role: 'admin' });
  return { email, password: made };
}

/** Customers of the demo who sign in to the portal: made once, kept beside the operator's login. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OpenAmiError, systemAccess } from '@openami/model';
import type { AppContext } from '../context.ts';
import { randomSecret, writePrivate } from '../identity/secrets.ts';
import { demoPrepayWatched } from './demo-prepay.ts';
import { invite, register } from './portal/invitations.ts';

export interface DemoCustomer {
  readonly email: string;
  readonly password: string;
  readonly account: string;
}

const accountsLooked = 200;

/** The login of a home with bills. Undefined where there is no account. */
export function demoCustomer(context: AppContext): Promise<DemoCustomer | undefined> {
  return loginOf(context, 'customer', 'Demo Customer', () => accountOfHome(context));
}

/** The login of the prepay customer who is about to run out. Undefined where nobody is on prepay. */
export function demoPrepayCustomer(context: AppContext): Promise<DemoCustomer | undefined> {
  return loginOf(context, 'prepay-customer', 'Demo Prepay Customer', () => demoPrepayWatched(context));
}

/** Made on the first start in the way every customer's login is. */
async function loginOf(
  context: AppContext,
  who: string,
  name: string,
  find: () => Promise<string | undefined>,
): Promise<DemoCustomer | undefined> {
  const path = join(context.config.dataDir, `demo-${who}.json`);
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  const login = kept ? (JSON.parse(kept) as DemoCustomer) : newLogin(who, await find());
  if (login === undefined) return undefined;
  // noted first: a start that breaks off leaves no login whose password nobody has
  if (kept === undefined) writePrivate(path, `${JSON.stringify(login)}\n`);
  const { customerLogins } = context.registry;
  if ((await customerLogins.ofAccount(systemAccess, login.account)).length === 0) {
    const { code } = await invite(context, systemAccess, login.account, 1);
    try {
      await register(context, { ...login, code, name });
    } catch (error) {
      // somebody took the account away from the login
      if (error instanceof OpenAmiError && error.code === 'USER_EXISTS') return undefined;
      throw error;
    }
  }
  return login;
}

function newLogin(who: string, account: string | undefined): DemoCustomer | undefined {
  if (account === undefined) return undefined;
  return { email: `${who}@demo.openami.local`, password: `demo-${randomSecret(9)}`, account };
}

/** The account with the most meters among the first: a home with electricity, water, and more. */
async function accountOfHome({ registry }: AppContext): Promise<string | undefined> {
  const { items } = await registry.agreements.list(systemAccess, { limit: accountsLooked });
  const counts = new Map<number, number>();
  for (const { accountId } of items) counts.set(accountId, (counts.get(accountId) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return most === undefined ? undefined : (await registry.accounts.get(systemAccess, most[0])).number;
}

/** A second person of the demo: bill runs, edits and commands are approved by another than who asked. */
import type { AppContext } from '../context.ts';
import { randomSecret } from '../identity/secrets.ts';

export interface Login {
  readonly email: string;
  readonly password: string;
}

const email = 'second@demo.openami.local';

/** Made once: undefined where there is one already, whose password is kept elsewhere. */
export async function demoSecond({ identity }: Pick<AppContext, 'identity'>): Promise<Login | undefined> {
  if ((await identity.listUsers()).some((user) => user.email === email)) return undefined;
  const password = `demo-${randomSecret(9)}`;
  await identity.createUser({ name: 'Second person', email, password, role: 'operator' });
  return { email, password };
}

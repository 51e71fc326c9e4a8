/** Names of who did something, for records that keep ids: people by their name, API tokens by theirs. */
import { systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { Identity } from './auth.ts';

/** Gives a name for an id; empty for somebody who is not known any more. */
export type NameOf = (id: string) => string;

export class NameBook {
  readonly #identity: Identity;
  readonly #registry: RegistryStore;

  constructor(identity: Identity, registry: RegistryStore) {
    this.#identity = identity;
    this.#registry = registry;
  }

  async names(): Promise<NameOf> {
    const [users, tokens] = await Promise.all([
      this.#identity.listUsers(),
      this.#registry.tokens.list(systemAccess),
    ]);
    const book = new Map([
      ...users.map(({ id, name, email }) => [id, name || email] as const),
      ...tokens.map(({ id, name }) => [String(id), `API token ${name}`] as const),
    ]);
    return (id) => book.get(id) ?? '';
  }
}

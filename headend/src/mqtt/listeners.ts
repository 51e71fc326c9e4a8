/** Who listens for the commands of a serial. */
import type { Client } from 'aedes';

export class Listeners {
  readonly #bySerial = new Map<string, Set<Client>>();

  add(serial: string, client: Client): void {
    const listeners = this.#bySerial.get(serial);
    if (listeners === undefined) this.#bySerial.set(serial, new Set([client]));
    else listeners.add(client);
  }

  remove(serial: string, client: Client): void {
    const listeners = this.#bySerial.get(serial);
    listeners?.delete(client);
    if (listeners?.size === 0) this.#bySerial.delete(serial);
  }

  /** Whoever listened first; undefined for nobody. */
  first(serial: string): Client | undefined {
    const [client] = this.#bySerial.get(serial) ?? [];
    return client;
  }
}

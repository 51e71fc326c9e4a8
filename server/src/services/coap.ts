/**
 * The CoAP port, when the configuration asks for one. Over plain UDP nobody proves who he is: a sender is
 * known by its endpoint name or its address, which the private network around it has to vouch for.
 */
import { isIP } from 'node:net';
import {
  type CoapFront,
  type CoapIdentity,
  type CoapSender,
  type CommandDriver,
  createCoapFront,
  type Ingest,
  identityOfFilters,
  Lwm2mCommandDriver,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { DeviceCredential, RegistryStore } from '@openami/store';
import type { Config } from '../config.ts';
import { TtlCache } from '../identity/ttl-cache.ts';
import type { Logger } from '../log.ts';
import type { LiveDirectory } from './live-directory.ts';

export interface CoapServiceOptions {
  readonly config: Pick<Config, 'coapHost' | 'coapPort'>;
  readonly registry: { readonly credentials: Pick<RegistryStore['credentials'], 'named'> };
  readonly directory: LiveDirectory;
  readonly ingest: Pick<Ingest, 'accept' | 'refuse'>;
  readonly clock: Clock;
  readonly log: Logger;
}

const credentialMs = 5_000;
const credentialsKept = 10_000;

export class CoapService {
  readonly #options: CoapServiceOptions;
  readonly #credentials = new TtlCache<DeviceCredential | undefined>(credentialMs, credentialsKept);
  #front: CoapFront | undefined;

  constructor(options: CoapServiceOptions) {
    this.#options = options;
  }

  /** Empty while it does not listen. */
  get url(): string {
    return this.#front?.url ?? '';
  }

  /** Itself while it listens. */
  get listening(): readonly CoapService[] {
    return this.#front === undefined ? [] : [this];
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.#front?.counters };
  }

  /** Listens, if a port is given; gives what stops it. Raises COAP_LISTEN_FAILED. */
  async listen(): Promise<() => Promise<void>> {
    const { config, ingest, clock, log } = this.#options;
    if (config.coapPort === 0) return async () => undefined;
    const front = await createCoapFront({
      ...{ clock, log, host: config.coapHost, port: config.coapPort },
      ingest: {
        accept: (input) => ingest.accept({ ...input, source: 'coap' }),
        refuse: (error, input) => ingest.refuse(error, { ...input, source: 'coap' }),
      },
      identify: (sender) => this.#identify(sender),
    });
    this.#front = front;
    return () => front.close();
  }

  /** What takes commands to LwM2M devices. */
  driver(): CommandDriver {
    const { memory } = this.#options.directory;
    const namesOf = (serial: string) => memory.addressesOf(serial);
    return new Lwm2mCommandDriver(() => ({ front: this.#front, namesOf }));
  }

  /** A device whose credential changed registers and is identified anew. */
  closeChanged(versions: ReadonlyMap<string, string | undefined>): void {
    if (versions.size > 0) this.#credentials.clear();
    for (const name of versions.keys()) this.#front?.forget(name);
  }

  /**
   * A meter by one of its addresses; one that has an IP address among them from there only. Or a gateway by a
   * credential whose user name is its IP address: other credentials have secrets, which nobody shows here.
   * One that is disabled keeps the meter of its name out as well.
   */
  async #identify({ address, endpoint = address }: CoapSender): Promise<CoapIdentity | undefined> {
    const names = this.#options.directory.memory.addressesOf(endpoint);
    const isAddress = endpoint === address;
    if (names.length === 0 && !isAddress) return undefined;
    const credential = await this.#credentials.get(endpoint, () =>
      this.#options.registry.credentials.named(systemAccess, endpoint),
    );
    if (credential?.enabled === false || (names.length === 0 && credential === undefined)) return undefined;
    const fixed = names.filter((name) => isIP(name) !== 0);
    if (fixed.length > 0 && !fixed.includes(address)) return undefined;
    const { reportsFor = [] } = identityOfFilters(endpoint, isAddress ? (credential?.publish ?? []) : []);
    return { name: names[0] ?? endpoint, reportsFor: [...names, ...reportsFor] };
  }
}

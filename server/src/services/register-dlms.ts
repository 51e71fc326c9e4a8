/** Simulated DLMS meters into registry and vault, as a utility would register real ones. */

import { type KeyKind, type MeterEndpoint, type SecuritySuite, systemAccess } from '@openami/model';
import type { DlmsEndpoint } from '@openami/sim';
import type { StoredEndpoint } from '@openami/store';
import type { AppContext } from '../context.ts';
import { addFirstKeys } from './first-keys.ts';

const atOnce = 500;

/** Registers endpoints that are new or changed, and keys of registered meters that have none. */
export async function registerDlms(
  { registry, directory, dlms }: Pick<AppContext, 'registry' | 'directory' | 'dlms'>,
  endpoints: readonly DlmsEndpoint[],
): Promise<void> {
  for (let from = 0; from < endpoints.length; from += atOnce) {
    const part = endpoints.slice(from, from + atOnce).flatMap((endpoint) => {
      const meterId = directory.memory.meter(endpoint.serial);
      return meterId === 0 ? [] : [{ meterId, endpoint }];
    });
    const meterIds = part.map(({ meterId }) => meterId);
    const known = new Map(
      (await registry.endpoints.list(systemAccess, { meterIds })).map((one) => [one.meterId, one]),
    );
    // Keys first: a meter with an endpoint is read at once.
    await addFirstKeys(
      { registry, dlms },
      part.map(({ meterId, endpoint }) => ({
        meterId,
        specs: materialOf(endpoint).map(([kind, bytes]) => ({ kind, suite: endpoint.suite, bytes })),
      })),
    );
    const changed = part.flatMap(({ meterId, endpoint }) => {
      const wanted = inputOf(endpoint);
      const there = known.get(meterId);
      return there && isSame(wanted, there) ? [] : [{ ...wanted, meterId }];
    });
    if (changed.length > 0) await registry.endpoints.putMany(systemAccess, changed);
  }
}

function inputOf({ reach, address, clients, systemTitle, suite }: DlmsEndpoint): MeterEndpoint {
  const one = managing(clients);
  const listens = reach.kind === 'listens';
  return {
    ...{ protocol: 'dlms', mode: listens ? 'outbound' : 'inbound', systemTitle },
    transport: listens && reach.network === 'udp' ? 'udp' : reach.transport,
    host: listens ? reach.host : '',
    port: listens ? reach.port : null,
    segment: listens && reach.isGateway ? `gateway-${reach.port}` : listens ? 'cellular' : 'inbound',
    concentrator: '',
    clientSap: one.client,
    serverSap: address.server,
    physical: address.physical ?? null,
    addressBytes: address.addressBytes ?? null,
    modeE: null,
    gatewayNetwork: address.network ?? 0,
    gatewayDevice: address.device ?? '',
    ...{ auth: one.auth, security: one.security, suite: suite as SecuritySuite, profile: '' },
  };
}

function managing(clients: DlmsEndpoint['clients']) {
  return clients.find(({ name }) => name === 'management') ?? clients[0]!;
}

function isSame(wanted: MeterEndpoint, there: StoredEndpoint): boolean {
  return Object.entries(wanted).every(([name, value]) => there[name as keyof MeterEndpoint] === value);
}

function materialOf(endpoint: DlmsEndpoint): (readonly [KeyKind, Uint8Array])[] {
  const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
  const one = managing(endpoint.clients);
  const keys: [KeyKind, Uint8Array][] = [
    ['guek', hex(endpoint.guek)],
    ['gak', hex(endpoint.gak)],
    ['gbek', hex(endpoint.gbek)],
    ['kek', hex(endpoint.kek)],
  ];
  if (one.password !== undefined) {
    keys.push([one.auth === 'lls' ? 'lls' : 'hls', new TextEncoder().encode(one.password)]);
  }
  return keys;
}

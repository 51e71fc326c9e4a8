/** From the endpoint of a simulated meter to what a session of the head-end needs. */
import {
  type Framing,
  type LinkLimits,
  type MeterAccess,
  outbound,
  type SendCounters,
} from '@openami/headend';
import type { DlmsEndpoint } from '@openami/sim';
import type { Authentication, ProtectionName } from '@openami/wire/dlms';

/** The title of the benchmark's head-end. */
const headendTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 1);

export interface AccessOptions {
  readonly client?: 'management' | 'reading' | 'public';
  readonly counters: SendCounters;
  /** Of a meter that connects; left out, a connection is made for each session. */
  readonly source?: MeterAccess['source'];
  readonly limits?: Partial<LinkLimits>;
}

/** Raises an error for an association the meter does not have. */
export function accessOfEndpoint(endpoint: DlmsEndpoint, options: AccessOptions): MeterAccess {
  const { clients, address, suite } = endpoint;
  const { client = 'management', counters } = options;
  const one = clients.find(({ name }) => name === client);
  if (one === undefined) throw new Error(`${endpoint.serial} has no client ${client}`);
  const needsKeys = one.security !== 'none' || one.auth === 'hls-gmac';
  return {
    source: options.source ?? sourceOf(endpoint, options.limits),
    addresses: { client: one.client, server: address.server },
    authentication: authenticationOf(one),
    systemTitle: headendTitle,
    serverTitle: bytes(endpoint.systemTitle),
    ...(needsKeys ? { ciphering: cipheringOf(endpoint, suite, one.security, counters) } : {}),
    ...(one.counter === undefined ? {} : { profile: { counter: one.counter } }),
  };
}

function cipheringOf(
  { guek, gak }: DlmsEndpoint,
  suite: DlmsEndpoint['suite'],
  protection: ProtectionName,
  counters: SendCounters,
): NonNullable<MeterAccess['ciphering']> {
  const keys = { encryptionKey: bytes(guek), authenticationKey: bytes(gak) };
  return { suite, protection, keys: () => keys, counters };
}

function sourceOf({ reach, address }: DlmsEndpoint, limits: Partial<LinkLimits> = {}) {
  if (reach.kind !== 'listens') throw new Error('a meter that connects has no address of its own');
  const { host, port, network, transport } = reach;
  const { physical, addressBytes } = address;
  const framing: Framing =
    transport === 'wrapper'
      ? { kind: 'wrapper' }
      : { kind: 'hdlc', physical, addressBytes, parameters: { transmitBytes: 1024, receiveBytes: 1024 } };
  return outbound(network === 'udp' ? { host, port, network } : { host, port, network, framing }, limits);
}

function authenticationOf(one: DlmsEndpoint['clients'][number]): Authentication {
  const { auth, password = '', privateKey = '', serverPublicKey = '' } = one;
  if (auth === 'none' || auth === 'hls-gmac') return { mechanism: auth };
  if (auth === 'hls-ecdsa') {
    return { mechanism: auth, privateKey: bytes(privateKey), serverPublicKey: bytes(serverPublicKey) };
  }
  const secret = new TextEncoder().encode(password);
  return auth === 'lls' ? { mechanism: auth, password: secret } : { mechanism: auth, secret };
}

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

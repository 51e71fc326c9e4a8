/**
 * From a registered endpoint and the vault to what a session needs. Keys in the clear are kept for a short
 * time, and those of meters that are wanted together are asked for together: the vault writes each asking
 * down.
 */
import type { AccessContext, KeyKind, MeterEndpoint } from '@openami/model';
import {
  type Authentication,
  type GatewayDevice,
  type ProtectionName,
  protections,
} from '@openami/wire/dlms';
import type { CommandMeter } from '../commands/driver.ts';
import type { KeyCounters } from '../keys/counters.ts';
import { type KeySet, keySetsToTry } from '../keys/key-sets.ts';
import { type KeyVault, type OpenKey, withoutSecret } from '../keys/vault.ts';
import { type Framing, type LinkSource, outbound } from './endpoint.ts';
import { dlmsFieldErrors } from './errors.ts';
import type { LinkLimits } from './limits.ts';
import { meterProfileOf } from './meter-profiles.ts';
import { SerialLines } from './serial-lines.ts';
import type { Ciphering, MeterAccess } from './session.ts';

export interface MeterAccessOptions {
  readonly ctx: AccessContext;
  readonly vault: Pick<KeyVault, 'keysOf'>;
  readonly counters: KeyCounters;
  /** Ours, 8 bytes. */
  readonly systemTitle: Uint8Array;
  /** Links that a meter holds open. */
  readonly inbound: (meter: CommandMeter) => LinkSource;
  readonly linkLimits?: Partial<LinkLimits>;
  /** How long keys stay in the clear. */
  readonly keyMs?: number;
}

const defaultKeyMs = 30_000;
/** Wait for others that want keys, so that one asking serves many. */
const gatherMs = 5;

/** Keys of meters in the clear, for a short time. */
class KeyCache {
  readonly #options: MeterAccessOptions;
  readonly #held = new Map<number, Promise<readonly OpenKey[]>>();
  #wanted: number[] = [];
  #asking: Promise<ReadonlyMap<number, readonly OpenKey[]>> | undefined;

  constructor(options: MeterAccessOptions) {
    this.#options = options;
  }

  of(meterId: number): Promise<readonly OpenKey[]> {
    const held = this.#held.get(meterId);
    if (held !== undefined) return held;
    this.#wanted.push(meterId);
    this.#asking ??= new Promise<void>((resolve) => setTimeout(resolve, gatherMs)).then(() => this.#ask());
    const keys = this.#asking.then((found) => found.get(meterId) ?? []);
    this.#held.set(meterId, keys);
    setTimeout(() => this.forget(meterId, keys), this.#options.keyMs ?? defaultKeyMs).unref();
    keys.catch(() => this.forget(meterId, keys));
    return keys;
  }

  /** What sessions have of them are copies. */
  forget(meterId: number, keys = this.#held.get(meterId)): void {
    if (this.#held.get(meterId) === keys) this.#held.delete(meterId);
    keys?.then((all) => all.forEach(({ secret }) => void secret.wipe())).catch(() => undefined);
  }

  async #ask(): Promise<ReadonlyMap<number, readonly OpenKey[]>> {
    this.#asking = undefined;
    const meterIds = this.#wanted;
    this.#wanted = [];
    const { ctx, vault } = this.#options;
    const { keys } = await vault.keysOf(ctx, meterIds);
    const found = new Map<number, OpenKey[]>();
    for (const key of keys) {
      const list = found.get(key.meterId);
      if (list === undefined) found.set(key.meterId, [key]);
      else list.push(key);
    }
    return found;
  }
}

/** How to open associations of meters. */
export class MeterAccesses {
  readonly #options: MeterAccessOptions;
  readonly #keys: KeyCache;
  readonly #lines = new SerialLines();

  constructor(options: MeterAccessOptions) {
    this.#options = options;
    this.#keys = new KeyCache(options);
  }

  /**
   * In the order to try: more than one while it is not certain which keys the meter uses. Raises
   * DLMS_ENDPOINT, DLMS_KEYS_MISSING and what the vault raises.
   */
  async of(meter: CommandMeter): Promise<MeterAccess[]> {
    const { endpoint } = meter;
    const base = this.#plainAccess(meter);
    const protection = protectionOf(endpoint);
    const needs = protection !== 'none' || endpoint.auth === 'hls-gmac';
    if (!needs && (endpoint.auth === '' || endpoint.auth === 'none')) return [base];
    const keys = await this.#keys.of(meter.meterId);
    const sets = keySetsToTry(keys);
    if (sets.length === 0) throw missing(meter, needs ? 'guek' : endpoint.auth);
    const all = keys.map(withoutSecret);
    const kinds = provenKinds(endpoint.auth, protection);
    return Promise.all(
      sets.map(async (set) => ({
        ...base,
        keys: { used: kinds.flatMap((kind) => set.get(kind) ?? []).map(withoutSecret), all },
        authentication: authenticationOf(meter, set),
        ...(needs ? { ciphering: await this.#ciphering(meter, set, protection) } : {}),
      })),
    );
  }

  /** Sets of keys in the order to try. */
  async setsOf(meterId: number): Promise<KeySet<OpenKey>[]> {
    return keySetsToTry(await this.#keys.of(meterId));
  }

  /** The keys of a meter may have changed: they are asked for anew. */
  forget(meterId: number): void {
    this.#keys.forget(meterId);
  }

  /** One access under given keys, for rotation. */
  async under(
    meter: CommandMeter,
    keys: { readonly guek: OpenKey; readonly gak: OpenKey },
  ): Promise<MeterAccess> {
    const set = new Map<KeyKind, OpenKey>([
      ['guek', keys.guek],
      ['gak', keys.gak],
    ]);
    return {
      ...this.#plainAccess(meter),
      authentication: { mechanism: 'hls-gmac' },
      ciphering: await this.#ciphering(meter, set, protectionOf(meter.endpoint)),
    };
  }

  /** What the public client takes: no keys, no authentication. */
  publicAccess(meter: CommandMeter): MeterAccess {
    const { source, addresses, profile } = this.#plainAccess(meter);
    return { source, addresses: { ...addresses, client: publicClient }, ...(profile ? { profile } : {}) };
  }

  #plainAccess(meter: CommandMeter): MeterAccess {
    const { endpoint, serial } = meter;
    const { clientSap, serverSap, systemTitle, profile } = endpoint;
    if (endpoint.protocol !== 'dlms') throw dlmsFieldErrors.DLMS_ENDPOINT(`${serial}: ${endpoint.protocol}`);
    const quirks = meterProfileOf(profile);
    if (quirks === undefined) throw dlmsFieldErrors.DLMS_ENDPOINT(`${serial}: no profile ${profile}`);
    return {
      source: this.#source(meter),
      addresses: { client: clientSap ?? publicClient, server: serverSap ?? 1 },
      systemTitle: this.#options.systemTitle,
      ...(systemTitle === '' ? {} : { serverTitle: Uint8Array.from(Buffer.from(systemTitle, 'hex')) }),
      profile: quirks,
    };
  }

  #source(meter: CommandMeter): LinkSource {
    const { mode, host, port, transport } = meter.endpoint;
    const { inbound, linkLimits } = this.#options;
    if (mode === 'inbound') return inbound(meter);
    if (port === null) throw dlmsFieldErrors.DLMS_ENDPOINT(`${meter.serial} has no port`);
    const behind = gatewayOf(meter.endpoint);
    if (transport === 'udp') {
      if (behind) throw dlmsFieldErrors.DLMS_ENDPOINT(`${meter.serial}: a gateway is reached over TCP`);
      return outbound({ host, port, network: 'udp' }, linkLimits);
    }
    if (!['', 'tcp', 'wrapper', 'hdlc'].includes(transport)) {
      throw dlmsFieldErrors.DLMS_ENDPOINT(`${meter.serial}: transport ${transport}`);
    }
    const framing = transport === 'hdlc' ? hdlcOf(meter.endpoint) : ({ kind: 'wrapper' } as const);
    const source = outbound({ host, port, network: 'tcp', framing, behind }, linkLimits);
    const line = sharedLineOf(meter.endpoint);
    return line === undefined ? source : this.#lines.over(line, source);
  }

  async #ciphering(
    meter: CommandMeter,
    set: KeySet<OpenKey>,
    protection: ProtectionName,
  ): Promise<Ciphering> {
    const guek = set.get('guek');
    if (guek === undefined) throw missing(meter, 'guek');
    const { ctx, counters } = this.#options;
    const { meterId, kind, version, suite } = guek;
    const gakVersion = set.get('gak')?.version;
    // Asked for anew, so that no session's record holds a key in the clear.
    const keys = async () => {
      let all = await this.#keys.of(meterId);
      const bytesOf = (wanted: KeyKind, of: number | undefined) =>
        all
          .find((key) => key.kind === wanted && key.version === of)
          ?.secret.bytes()
          .slice();
      if (bytesOf('guek', version) === undefined || bytesOf('gak', gakVersion) === undefined) {
        // It may be newer than what is held.
        this.#keys.forget(meterId);
        all = await this.#keys.of(meterId);
      }
      const encryptionKey = bytesOf('guek', version);
      if (encryptionKey === undefined) throw missing(meter, 'guek');
      return { encryptionKey, authenticationKey: bytesOf('gak', gakVersion) ?? new Uint8Array(0) };
    };
    return { suite, protection, keys, counters: await counters.open(ctx, { meterId, kind, version }) };
  }
}

const publicClient = 16;

/** What only one association may use at a time; undefined for a meter with a way of its own. */
export function sharedLineOf(endpoint: MeterEndpoint): string | undefined {
  const { mode, transport, host, port, gatewayDevice } = endpoint;
  // HDLC over TCP is a serial line, whether one meter hangs on it or many
  const isShared = mode === 'outbound' && (transport === 'hdlc' || gatewayDevice !== '');
  return isShared ? `${host}:${port}` : undefined;
}

function hdlcOf({ physical, addressBytes, modeE }: MeterEndpoint): Framing {
  return {
    kind: 'hdlc',
    ...(physical === null ? {} : { physical }),
    ...(addressBytes === null ? {} : { addressBytes }),
    ...(modeE === null ? {} : { modeE: { address: modeE } }),
  };
}

function gatewayOf({ gatewayNetwork: network, gatewayDevice }: MeterEndpoint): GatewayDevice | undefined {
  if (gatewayDevice === '') return undefined;
  return { network, device: Uint8Array.from(Buffer.from(gatewayDevice, 'hex')) };
}

/**
 * Kinds of keys that an association proves when it opens: those that went into a tag, a hash or a password.
 */
function provenKinds(auth: string, protection: ProtectionName): KeyKind[] {
  const isGmac = auth === 'hls-gmac';
  const kinds: KeyKind[] = [];
  if (protection !== 'none' || isGmac) kinds.push('guek');
  if (protections[protection].authenticated || isGmac) kinds.push('gak');
  if (auth === 'lls') kinds.push('lls');
  else if (auth === 'hls-ecdsa') kinds.push('sign_client', 'sign_meter');
  else if (auth.startsWith('hls') && !isGmac) kinds.push('hls');
  return kinds;
}

function protectionOf({ security }: MeterEndpoint): ProtectionName {
  if (security === '') return 'none';
  if (!Object.hasOwn(protections, security)) throw dlmsFieldErrors.DLMS_ENDPOINT(`security ${security}`);
  return security as ProtectionName;
}

function missing(meter: CommandMeter, kind: string) {
  return dlmsFieldErrors.DLMS_KEYS_MISSING(`${meter.serial} has no ${kind}`, {
    meterId: meter.meterId,
    kind,
  });
}

function authenticationOf(meter: CommandMeter, set: KeySet<OpenKey>): Authentication {
  const { auth } = meter.endpoint;
  const secret = (kind: KeyKind): Uint8Array => {
    const key = set.get(kind);
    if (key === undefined) throw missing(meter, kind);
    return key.secret.bytes().slice();
  };
  switch (auth) {
    case '':
    case 'none':
      return { mechanism: 'none' };
    case 'lls':
      return { mechanism: 'lls', password: secret('lls') };
    case 'hls':
    case 'hls-md5':
    case 'hls-sha1':
    case 'hls-sha256':
      return { mechanism: auth, secret: secret('hls') };
    case 'hls-gmac':
      return { mechanism: auth };
    case 'hls-ecdsa':
      return { mechanism: auth, privateKey: secret('sign_client'), serverPublicKey: secret('sign_meter') };
    default:
      throw dlmsFieldErrors.DLMS_ENDPOINT(`${meter.serial}: authentication ${auth}`);
  }
}

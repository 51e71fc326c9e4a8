/** Flags of `openami read dlms`, and the access to a meter that follows from them. */
import {
  type Ciphering,
  type Framing,
  type MeterAccess,
  outbound,
  type SendCounters,
} from '@openami/headend';
import {
  type Authentication,
  type GatewayDevice,
  type MeterProfile,
  type mechanisms,
  type ProtectionName,
  type SecuritySuite,
  securitySuites,
} from '@openami/wire/dlms';
import type { dlmsVariables } from '../config.ts';
import { serverErrors } from '../errors.ts';
import type { CommonFlags } from './common-flags.ts';
import { numberOf, portOf } from './verbs/serve.ts';

export interface ReadFlags extends CommonFlags {
  readonly host: string;
  readonly port?: string;
  readonly client?: string;
  readonly server?: string;
  readonly physical?: string;
  readonly serverAddressSize?: string;
  readonly gatewayDevice?: string;
  readonly gatewayNetwork?: string;
  readonly transport: 'wrapper' | 'hdlc';
  readonly udp?: boolean;
  readonly modeE?: string | boolean;
  readonly auth: keyof typeof mechanisms;
  readonly security: ProtectionName;
  readonly suite?: string;
  readonly shortNames?: boolean;
  readonly systemTitle?: string;
  readonly serverSystemTitle?: string;
  readonly guek?: string;
  readonly gak?: string;
  readonly password?: string;
  readonly passwordHex?: string;
  readonly privateKey?: string;
  readonly serverPublicKey?: string;
  readonly dedicatedKey?: boolean;
  readonly generalCiphering?: boolean;
  readonly counter?: string;
  readonly publicClient?: string | boolean;
  readonly obis?: string;
  readonly class?: string;
  readonly attribute?: string;
  readonly from?: string;
  readonly to?: string;
  readonly timeout?: string;
  readonly log?: boolean;
  readonly json?: boolean;
}

/** Flags that may come from the environment, so that they are in no process list and no shell history. */
const secretVariables: Readonly<Record<(typeof dlmsVariables)[number], keyof ReadFlags>> = {
  OPENAMI_DLMS_PASSWORD: 'password',
  OPENAMI_DLMS_GUEK: 'guek',
  OPENAMI_DLMS_GAK: 'gak',
  OPENAMI_DLMS_PRIVATE_KEY: 'privateKey',
};

/** What is to be read. */
export interface Wanted {
  readonly instance: string;
  readonly classId: number | undefined;
  readonly attribute: number;
  readonly range: { readonly fromS: number; readonly toS: number } | undefined;
}

const usage = (text: string): Error => serverErrors.USAGE(text);

/** Flags with secrets of the environment where they are not given. */
export function withSecrets(flags: ReadFlags, env: NodeJS.ProcessEnv): ReadFlags {
  const found: Record<string, string> = {};
  for (const [name, flag] of Object.entries(secretVariables)) {
    const value = env[name];
    if (value && flags[flag] === undefined) found[flag] = value;
  }
  return { ...flags, ...found };
}

/** The access. `countersOf` keeps the counters of a key; raises USAGE. */
export function accessOf(
  flags: ReadFlags,
  countersOf: (systemTitle: Uint8Array, encryptionKey: Uint8Array, startAt?: number) => SendCounters,
): MeterAccess {
  const systemTitle = titleOf('--system-title', flags.systemTitle);
  const suite = suiteOf(flags);
  const server = numberOf('--server', flags.server) ?? 1;
  const publicSap =
    typeof flags.publicClient === 'string' ? numberOf('--public-client', flags.publicClient) : undefined;
  return {
    source: sourceOf(flags),
    addresses: { client: numberOf('--client', flags.client) ?? 16, server },
    referencing: flags.shortNames ? 'short-name' : 'logical-name',
    authentication: authenticationOf(flags),
    ciphering: cipheringOf(flags, suite, systemTitle, countersOf),
    systemTitle,
    serverTitle: titleOf('--server-system-title', flags.serverSystemTitle),
    profile: profileOf(flags),
    publicClient: flags.publicClient === false ? false : { client: publicSap ?? 16, server },
  };
}

function sourceOf(flags: ReadFlags): MeterAccess['source'] {
  const { host, transport, udp } = flags;
  const port = portOf('--port', flags.port) ?? 4059;
  const quietS = numberOf('--timeout', flags.timeout) ?? 15;
  if (quietS < 1) throw usage('--timeout wants seconds, 1 or more');
  const limits = { connectMs: Math.min(quietS, 60) * 1000, quietMs: quietS * 1000, totalMs: 3_600_000 };
  if (udp) {
    if (transport !== 'wrapper' || flags.gatewayDevice) {
      throw usage('--udp goes with --transport wrapper and without a gateway');
    }
    return outbound({ host, port, network: 'udp' }, limits);
  }
  const framing = framingOf(flags, quietS);
  return outbound({ host, port, network: 'tcp', framing, behind: gatewayOf(flags) }, limits);
}

function gatewayOf({ gatewayDevice, gatewayNetwork }: ReadFlags): GatewayDevice | undefined {
  const network = numberOf('--gateway-network', gatewayNetwork) ?? 0;
  const device = hexOf('--gateway-device', gatewayDevice);
  if (device === undefined && gatewayNetwork !== undefined) {
    throw usage('--gateway-network goes with --gateway-device');
  }
  if (network > 255 || (device?.length ?? 0) > 255) throw usage('--gateway-network is at most 255');
  return device && { network, device };
}

function framingOf(flags: ReadFlags, quietS: number): Framing {
  const { transport, modeE } = flags;
  if (transport === 'wrapper') {
    if (modeE || flags.physical || flags.serverAddressSize) {
      throw usage('--mode-e, --physical and --server-address-size go with --transport hdlc');
    }
    return { kind: 'wrapper' };
  }
  const size = numberOf('--server-address-size', flags.serverAddressSize);
  if (size !== undefined && size !== 1 && size !== 2 && size !== 4) {
    throw usage('--server-address-size is 1, 2 or 4');
  }
  return {
    kind: 'hdlc',
    physical: numberOf('--physical', flags.physical),
    addressBytes: size,
    modeE: modeE ? { address: modeE === true ? '' : modeE } : undefined,
    // a frame is asked for again before the whole answer is given up
    repeatMs: Math.max(500, (quietS * 1000) / 4),
    repeats: 3,
  };
}

function suiteOf(flags: ReadFlags): SecuritySuite {
  const suite = numberOf('--suite', flags.suite) ?? 0;
  if (suite !== 0 && suite !== 1 && suite !== 2) throw usage('--suite is 0, 1 or 2');
  return suite;
}

function authenticationOf(flags: ReadFlags): Authentication {
  const { auth } = flags;
  if (auth === 'none') return { mechanism: auth };
  if (auth === 'hls-gmac') {
    if (flags.guek === undefined) throw usage('--auth hls-gmac needs --guek and --gak');
    return { mechanism: auth };
  }
  if (auth === 'hls-ecdsa') {
    return {
      mechanism: auth,
      privateKey: hexOf('--private-key', flags.privateKey) ?? missing('--private-key', auth),
      serverPublicKey:
        hexOf('--server-public-key', flags.serverPublicKey) ?? missing('--server-public-key', auth),
    };
  }
  const secret =
    hexOf('--password-hex', flags.passwordHex) ??
    (flags.password === undefined ? missing('--password', auth) : new TextEncoder().encode(flags.password));
  return auth === 'lls' ? { mechanism: auth, password: secret } : { mechanism: auth, secret };
}

function cipheringOf(
  flags: ReadFlags,
  suite: SecuritySuite,
  systemTitle: Uint8Array | undefined,
  countersOf: (systemTitle: Uint8Array, encryptionKey: Uint8Array, startAt?: number) => SendCounters,
): Ciphering | undefined {
  const { auth, security } = flags;
  if (security === 'none' && auth !== 'hls-gmac') return undefined;
  const { keyBytes } = securitySuites[suite];
  const encryptionKey = hexOf('--guek', flags.guek, keyBytes) ?? missing('--guek', `--security ${security}`);
  const authenticationKey = hexOf('--gak', flags.gak, keyBytes);
  if (authenticationKey === undefined && (security.startsWith('auth') || auth === 'hls-gmac')) {
    throw usage(`--security ${security} with --auth ${auth} needs --gak`);
  }
  if (systemTitle === undefined) throw usage('ciphering needs --system-title: ours, 16 hex digits');
  return {
    suite,
    protection: security,
    keys: () => ({ encryptionKey, authenticationKey: authenticationKey ?? new Uint8Array(0) }),
    counters: countersOf(systemTitle, encryptionKey, numberOf('--counter', flags.counter)),
  };
}

function profileOf(flags: ReadFlags): Partial<MeterProfile> {
  return {
    ...(flags.dedicatedKey ? { dedicatedKey: true } : {}),
    ...(flags.generalCiphering ? { envelope: 'general', hlsEnvelope: 'general' } : {}),
  };
}

/** What is asked for; undefined: the list of objects. Raises USAGE. */
export function wantedOf(flags: ReadFlags): Wanted | undefined {
  const { obis, from, to } = flags;
  if (obis === undefined) {
    if (from !== undefined || to !== undefined) throw usage('--from and --to go with --obis of a profile');
    return undefined;
  }
  const parts = obis.split(/[.\-:*]/);
  if (parts.length !== 6 || parts.some((part) => !/^\d{1,3}$/.test(part) || Number(part) > 255)) {
    throw usage(`--obis wants six numbers like 1.0.99.1.0.255, not "${obis}"`);
  }
  const range =
    from === undefined && to === undefined
      ? undefined
      : { fromS: timeOf('--from', from) ?? 0, toS: timeOf('--to', to) ?? Math.floor(Date.now() / 1000) };
  if (range !== undefined && range.fromS > range.toS) throw usage('--from lies after --to');
  const attribute = numberOf('--attribute', flags.attribute) ?? 2;
  if (attribute > 127) throw usage('--attribute is at most 127');
  return {
    instance: parts.map(Number).join('.'),
    classId: numberOf('--class', flags.class),
    attribute,
    range,
  };
}

function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // a time without a zone would mean another moment on every machine
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(text);
  const utc = /^\d{4}-\d\d-\d\d$/.test(text) || hasZone ? text : `${text}Z`;
  const ms = Date.parse(utc);
  if (Number.isNaN(ms)) throw usage(`${flag} wants a time like 2026-03-01T00:00:00Z, not "${text}"`);
  return Math.floor(ms / 1000);
}

function titleOf(flag: string, text: string | undefined): Uint8Array | undefined {
  return hexOf(flag, text, 8);
}

function hexOf(flag: string, text: string | undefined, bytes?: number): Uint8Array | undefined {
  if (text === undefined) return undefined;
  const digits = text.replace(/^0x|[\s:-]/g, '');
  const wrong = !/^([0-9a-fA-F]{2})*$/.test(digits) || (bytes !== undefined && digits.length !== bytes * 2);
  // the value may be a key: it is not repeated
  if (wrong) throw usage(`${flag} wants ${bytes === undefined ? 'an even number of' : bytes * 2} hex digits`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function missing(flag: string, what: string): never {
  throw usage(`${what} needs ${flag}`);
}

/** Meters and clients for tests: one household meter, in any association. */
import {
  type AssociationDescription,
  type Authentication,
  acceptCounter,
  type ClientLimits,
  DlmsClient,
  type DlmsClientOptions,
  DlmsServer,
  type DlmsTransport,
  type GeneralSecurity,
  type MeterDescription,
  type MeterEnvironment,
  type MeterProfile,
  mechanisms,
  nobleCrypto,
  type ProfileSource,
  type ProtectionName,
  residentialMeter,
  type SecuritySuite,
  ServerModel,
  securitySuites,
} from '../../../src/dlms/index.ts';

export const text = (value: string) => new TextEncoder().encode(value);
export const clientTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 1);
export const meterTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 1, 0);
/** 2026-03-01 00:00 UTC. */
export const START_S = 1_772_323_200;
export const SETUP = '0.0.43.0.1.255';
export const LOAD_PROFILE = '1.0.99.1.0.255';

/** Signature keys of both sides, by suite. */
export const pairs = {
  1: pairOf('P-256'),
  2: pairOf('P-384'),
};
function pairOf(curve: 'P-256' | 'P-384') {
  const make = () => {
    const privateKey = nobleCrypto.privateKey(curve);
    return { privateKey, publicKey: nobleCrypto.publicKey(curve, privateKey)! };
  };
  return { client: make(), server: make() };
}

export function key(suite: SecuritySuite, fill: number): Uint8Array {
  return new Uint8Array(securitySuites[suite].keyBytes).map((_, i) => fill + i);
}

export interface Setting {
  referencing?: 'logical-name' | 'short-name';
  mechanism?: AssociationDescription['mechanism'];
  suite?: SecuritySuite;
  protection?: ProtectionName;
  /** Of the meter; the same as the client's unless given. */
  policy?: ProtectionName;
  clientPdu?: number;
  serverPdu?: number;
  profile?: Partial<MeterProfile>;
  limits?: Partial<ClientLimits>;
  rows?: number;
  env?: Partial<MeterEnvironment>;
  conformance?: MeterDescription['conformance'];
  /** General-ciphering and general-signing of both sides. */
  general?: { readonly client?: GeneralSecurity; readonly server?: GeneralSecurity };
}

/** Quarter hours since START_S: two registers that rise by 7 and 3, a status. */
export function quarterHours(rows: number): ProfileSource {
  return {
    count: () => rows,
    timeS: (row) => START_S + (row + 1) * 900,
    value: (row, column) => [0, row % 5, 1_000 + row * 7, 50 + row * 3][column]!,
  };
}

const models = new Map<string, ServerModel>();
function modelOf({
  referencing = 'logical-name',
  mechanism = 'none',
  serverPdu = 4_096,
  conformance,
}: Setting): ServerModel {
  const name = `${referencing} ${mechanism} ${serverPdu} ${conformance?.length}`;
  let model = models.get(name);
  if (model === undefined) {
    const one: AssociationDescription = {
      name: 'tested',
      clientSap: 1,
      mechanism,
      referencing,
      level: 'manage',
      instance: '0.0.40.0.3.255',
      securitySetup: SETUP,
      counter: '0.0.43.1.0.255',
    };
    const [open] = residentialMeter.associations;
    const description: MeterDescription = {
      ...residentialMeter,
      maxPduBytes: serverPdu,
      associations: [open, one],
      ...(conformance ? { conformance } : {}),
    };
    model = new ServerModel(description);
    models.set(name, model);
  }
  return model;
}

export interface Bench {
  server: DlmsServer;
  client: DlmsClient;
  /** The client's next counter, and the lowest it takes of the meter. */
  counters: { next: number; lowest: number };
  /** APDUs there and back. */
  wire: Uint8Array[];
}

export function authenticationOf(
  mechanism: AssociationDescription['mechanism'],
  suite: SecuritySuite,
): Authentication {
  if (mechanism === 'none' || mechanism === 'hls-gmac') return { mechanism };
  if (mechanism === 'lls') return { mechanism, password: text('open') };
  if (mechanism !== 'hls-ecdsa') return { mechanism, secret: text('0123456789abcdef') };
  const { client, server } = pairs[suite === 2 ? 2 : 1];
  return { mechanism, privateKey: client.privateKey, serverPublicKey: server.publicKey };
}

export function serverOf(setting: Setting = {}): DlmsServer {
  const { mechanism = 'none', suite = 0, protection = 'none', policy = protection, rows = 96 } = setting;
  const pair = suite === 0 ? undefined : pairs[suite];
  let counter = 100;
  return new DlmsServer(modelOf(setting), {
    crypto: nobleCrypto,
    systemTitle: meterTitle,
    nowS: () => START_S + rows * 900 + 60,
    nextCounter: () => counter++,
    secrets: {
      passwords: { tested: mechanism === 'lls' ? text('open') : text('0123456789abcdef') },
      keys: {
        [SETUP]: {
          suite,
          policy,
          unicast: key(suite, 1),
          authentication: key(suite, 0xa0),
          master: key(suite, 0x30),
          ...(setting.general?.server ? { general: setting.general.server } : {}),
          ...(pair ? { signingKey: pair.server.privateKey, clientPublicKey: pair.client.publicKey } : {}),
        },
      },
    },
    series: (instance) => (instance === LOAD_PROFILE ? quarterHours(rows) : undefined),
    value: (classId, instance) => (classId === 3 && instance === '1.0.1.8.0.255' ? 12_345 : undefined),
    ...setting.env,
  });
}

/** A transport into a meter; `receive` gives what the meter sent beyond one answer. */
export function transportOf(server: () => DlmsServer, wire: Uint8Array[], streams = false): DlmsTransport {
  const waiting: Uint8Array[] = [];
  const timeout = () => Object.assign(new Error('nothing came'), { name: 'TimeoutError' });
  const link = { clientSap: 1, ...(streams ? { send: (apdu: Uint8Array) => void waiting.push(apdu) } : {}) };
  const next = (): Promise<Uint8Array> => {
    const apdu = waiting.shift();
    if (apdu === undefined) return Promise.reject(timeout());
    wire.push(apdu);
    return Promise.resolve(apdu);
  };
  return {
    exchange(request) {
      wire.push(request);
      const answer = server().handle(request, link);
      if (answer !== undefined) waiting.push(answer);
      return next();
    },
    ...(streams
      ? {
          receive: next,
          send: (apdu: Uint8Array) => {
            wire.push(apdu);
            const answer = server().handle(apdu, link);
            if (answer !== undefined) waiting.push(answer);
          },
        }
      : {}),
  };
}

export function clientOptions(setting: Setting, counters: Bench['counters']): DlmsClientOptions {
  const { referencing = 'logical-name', mechanism = 'none', suite = 0, protection = 'none' } = setting;
  const general = setting.general?.client;
  const needsKeys =
    protection !== 'none' || mechanisms[mechanism] >= mechanisms['hls-gmac'] || general !== undefined;
  return {
    crypto: nobleCrypto,
    referencing,
    authentication: authenticationOf(mechanism, suite),
    serverTitle: meterTitle,
    ...(needsKeys ? { systemTitle: clientTitle } : {}),
    ...(needsKeys
      ? {
          security: {
            suite,
            protection,
            encryptionKey: key(suite, 1),
            authenticationKey: key(suite, 0xa0),
            ...(general ? { general } : {}),
            counters: {
              nextCounter: () => counters.next++,
              checkReceived: (counter: number) => {
                counters.lowest = acceptCounter(counter, counters.lowest);
              },
            },
          },
        }
      : {}),
    profile: { maxPduBytes: setting.clientPdu ?? 0xffff, ...setting.profile },
    ...(setting.limits ? { limits: setting.limits } : {}),
  };
}

export function benchOf(setting: Setting = {}, streams = false): Bench {
  const server = serverOf(setting);
  const counters = { next: 1, lowest: 0 };
  const wire: Uint8Array[] = [];
  const client = new DlmsClient(
    transportOf(() => server, wire, streams),
    clientOptions(setting, counters),
  );
  return { server, client, counters, wire };
}

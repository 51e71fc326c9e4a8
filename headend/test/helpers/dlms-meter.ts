/** Simulated DLMS meters on real sockets, for tests: they listen, or connect to us. */
import { createConnection, createServer, type Socket } from 'node:net';
import {
  type AssociationDescription,
  DlmsServer,
  encodeWrapper,
  type HdlcLinkName,
  HdlcServer,
  type MeterEnvironment,
  ModeEServer,
  nobleCrypto,
  type ProtectionName,
  residentialMeter,
  type SecuritySuite,
  ServerModel,
  securitySuites,
  WrapperDecoder,
} from '@openami/wire/dlms';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);
export const clientTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 0, 1);
export const meterTitle = Uint8Array.of(0x4f, 0x41, 0x4d, 0, 0, 0, 1, 0);
/** 2026-03-01 00:00 UTC. */
export const START_S = 1_772_323_200;
export const LOAD_PROFILE = '1.0.99.1.0.255';
export const SECRET = '0123456789abcdef';
const SETUP = '0.0.43.0.1.255';

export function keyOf(suite: SecuritySuite, fill: number): Uint8Array {
  return new Uint8Array(securitySuites[suite].keyBytes).map((_, i) => fill + i);
}

export interface MeterSetting {
  readonly mechanism?: AssociationDescription['mechanism'];
  readonly suite?: SecuritySuite;
  readonly policy?: ProtectionName;
  readonly rows?: number;
  readonly title?: Uint8Array;
  readonly env?: Partial<MeterEnvironment>;
}

const models = new Map<string, ServerModel>();

/** Client 16 is public, client 1 as the setting says, client 2 uses short names. */
function modelOf(mechanism: AssociationDescription['mechanism']): ServerModel {
  let model = models.get(mechanism);
  if (model === undefined) {
    const [open] = residentialMeter.associations;
    const tested: AssociationDescription = {
      name: 'tested',
      clientSap: 1,
      mechanism,
      referencing: 'logical-name',
      level: 'manage',
      instance: '0.0.40.0.3.255',
      securitySetup: SETUP,
      counter: '0.0.43.1.0.255',
    };
    const short: AssociationDescription = {
      name: 'short',
      clientSap: 2,
      mechanism: 'none',
      referencing: 'short-name',
      level: 'read',
      instance: '0.0.40.0.4.255',
    };
    model = new ServerModel({ ...residentialMeter, associations: [open!, tested, short] });
    models.set(mechanism, model);
  }
  return model;
}

export function meterOf(setting: MeterSetting = {}): DlmsServer {
  const { mechanism = 'none', suite = 0, policy = 'none', rows = 96, title = meterTitle } = setting;
  let counter = 100;
  return new DlmsServer(modelOf(mechanism), {
    crypto: nobleCrypto,
    systemTitle: title,
    nowS: () => START_S + rows * 900 + 60,
    nextCounter: () => counter++,
    secrets: {
      passwords: { tested: text(SECRET) },
      keys: {
        [SETUP]: {
          suite,
          policy,
          unicast: keyOf(suite, 1),
          authentication: keyOf(suite, 0xa0),
          master: keyOf(suite, 0x30),
        },
      },
    },
    series: (instance) =>
      instance === LOAD_PROFILE
        ? {
            count: () => rows,
            timeS: (row) => START_S + (row + 1) * 900,
            value: (row, column) => [0, row % 5, 1_000 + row * 7, 50 + row * 3][column]!,
          }
        : undefined,
    value: (classId, instance) => (classId === 3 && instance === '1.0.1.8.0.255' ? 12_345 : undefined),
    ...setting.env,
  });
}

export type MeterFraming = 'wrapper' | 'hdlc' | 'mode-e';

/** Lets a meter speak on a socket. */
export function serve(socket: Socket, meter: DlmsServer, framing: MeterFraming): void {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  if (framing === 'wrapper') serveWrapper(socket, meter);
  else serveHdlc(socket, meter, framing === 'mode-e');
}

function serveWrapper(socket: Socket, meter: DlmsServer): void {
  const decoder = new WrapperDecoder();
  const clients = new Set<number>();
  socket.on('data', (chunk) => {
    for (const { frame } of decoder.push(new Uint8Array(chunk))) {
      if (frame === undefined) continue;
      const { source: clientSap, destination: source } = frame;
      const put = (apdu: Uint8Array): void =>
        void socket.write(encodeWrapper({ source, destination: clientSap, apdu }));
      clients.add(clientSap);
      const answer = meter.handle(frame.apdu, { clientSap, send: put });
      if (answer !== undefined) put(answer);
    }
  });
  socket.on('close', () => {
    for (const client of clients) meter.disconnected(client);
  });
}

function serveHdlc(socket: Socket, meter: DlmsServer, withModeE: boolean): void {
  const hdlc = new HdlcServer({ accepts: () => true });
  const put = (frames: readonly Uint8Array[]): void => {
    for (const frame of frames) socket.write(frame);
  };
  const answer = (link: HdlcLinkName, pdu: Uint8Array): void => {
    const reply = meter.handle(pdu, { clientSap: link.client.upper });
    if (reply !== undefined) put(hdlc.send(link, reply).send);
  };
  let modeE = withModeE
    ? new ModeEServer({ maker: 'OAM', baud: 9600, baudCode: '5', namesModeE: true, identification: 'SIM' })
    : undefined;
  const take = (bytes: Uint8Array): void => {
    const { send, events } = hdlc.receive(bytes, performance.now());
    put(send);
    for (const event of events) {
      if (event.type === 'pdu') answer(event.link, event.pdu);
      else if (event.type === 'disconnected') meter.disconnected(event.link.client.upper);
    }
  };
  socket.on('data', (chunk) => {
    const bytes = new Uint8Array(chunk);
    if (modeE === undefined) return take(bytes);
    const { send, done, rest } = modeE.receive(bytes);
    put(send);
    if (done === undefined) return;
    modeE = undefined;
    if (rest !== undefined && rest.length > 0) take(rest);
  });
}

export interface Listening {
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** A port that all connections reach the same meter on. */
export async function listen(meter: DlmsServer, framing: MeterFraming): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, meter, framing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    connections: () => connections,
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** A meter that connects to us and answers there. */
export async function dial(port: number, meter: DlmsServer, framing: MeterFraming): Promise<Socket> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  serve(socket, meter, framing);
  return socket;
}

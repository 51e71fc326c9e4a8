/** What meters push to a server, over real sockets: stored, told apart when it is refused, never taken twice. */
import { createSocket } from 'node:dgram';
import { createConnection } from 'node:net';
import { systemAccess } from '@openami/model';
import { type DlmsEndpoint, type DlmsMeterPlan, dataPush, type SimDlmsMeter } from '@openami/sim';
import {
  cipherKey,
  clientAddress,
  dateTimeOf,
  encodeApdu,
  encodeHdlcNotification,
  encodeWrapper,
  nobleCrypto,
  type ProtectOptions,
  protectApdu,
  serverAddress,
} from '@openami/wire/dlms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysAccess } from '../../src/services/dlms.ts';
import { Field, nowS } from '../collection/field.ts';
import { freePort } from '../helpers/free-port.ts';
import { patient } from '../helpers/poll.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const octets = (text: string) => ({ type: 'octet-string', value: new TextEncoder().encode(text) }) as const;
const name = (text: string) =>
  ({ type: 'octet-string', value: Uint8Array.from(text.split('.').map(Number)) }) as const;
const wrapped = (apdu: Uint8Array) => encodeWrapper({ source: 1, destination: 103, apdu });

/** Each value has a time of its own. */
const timeOf = (value: number): number => (value < 100 ? nowS - 60 - value : nowS + value - 10_700);

/** A push of one energy register, Wh. */
function registers(serial: string, value: number): Uint8Array {
  return encodeApdu({
    service: 'data-notification',
    invoke: value,
    dateTime: dateTimeOf(timeOf(value), 120),
    body: {
      type: 'structure',
      elements: [
        { type: 'structure', elements: [name('0.0.96.1.0.255'), octets(serial)] },
        {
          type: 'structure',
          elements: [
            name('1.0.1.8.0.255'),
            { type: 'double-long-unsigned', value },
            {
              type: 'structure',
              elements: [
                { type: 'integer', value: 0 },
                { type: 'enum', value: 30 },
              ],
            },
          ],
        },
      ],
    },
  });
}

interface Sealing extends Partial<ProtectOptions> {
  readonly guek?: string;
}

/** As the meter would protect it. Counters of the test are above those of the simulated meter. */
function sealed(endpoint: DlmsEndpoint, plain: Uint8Array, counter: number, given: Sealing = {}): Uint8Array {
  const { guek = endpoint.guek, ...options } = given;
  const key = cipherKey(nobleCrypto, endpoint.suite as 0, hex(guek), hex(endpoint.gak));
  return protectApdu(plain, key, {
    ...{ envelope: 'general-glo', authenticated: true, encrypted: true },
    ...{ systemTitle: hex(endpoint.systemTitle), counter: 4_000_000_000 + counter },
    ...options,
  });
}

const ports = { push: await freePort(), inbound: await freePort() };
const target = { host: '127.0.0.1', port: ports.push, network: 'tcp' } as const;
const field = new Field(7, {
  push: target,
  // the server starts anew in between
  retryMs: 50,
  env: {
    OPENAMI_DLMS_HOST: '127.0.0.1',
    OPENAMI_DLMS_PUSH_PORT: String(ports.push),
    OPENAMI_DLMS_INBOUND_PORT: String(ports.inbound),
  },
  // the last two connect and stay
  plans: (plans): DlmsMeterPlan[] =>
    plans.map((plan, i) => {
      const suite = i === 1 ? 2 : 0;
      if (i < 5) return { ...plan, suite };
      return { ...plan, reach: { kind: 'connects', transport: 'wrapper', ...target, port: ports.inbound } };
    }),
});

beforeAll(() => field.open(), 120_000);
afterAll(() => field.close());

const endpointOf = (i: number) => field.fleet.endpoints[i]!;
const meterOf = (i: number): SimDlmsMeter => field.fleet.meters[i]!;

async function send(bytes: Uint8Array, network: 'tcp' | 'udp' = 'tcp'): Promise<void> {
  if (network === 'udp') {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.send(bytes, ports.push, '127.0.0.1', () => resolve()));
    socket.close();
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port: ports.push }, () => socket.end(bytes));
    socket.once('error', reject).once('close', () => resolve());
    socket.resume();
  });
}

const evidence = () => field.context.store.evidence;
/** Codes of rejections of a meter, the newest last. */
async function refusals(device: string): Promise<string[]> {
  const found = await evidence().rejections(systemAccess, { limit: 500 });
  return found.filter((one) => one.device === device).map(({ code }) => code);
}
async function eventsOf(serial: string) {
  const found = await evidence().events(systemAccess, { limit: 500 });
  return found.filter((one) => one.device === serial);
}
/** Energies of the test that are stored under the meter's register, Wh. */
async function energies(serial: string): Promise<number[]> {
  const { directory, store } = field.context;
  const channel = directory.memory.find(serial, '1-0:1.8.0*255', 0)!.channel.id;
  const span = { fromS: nowS - 1_000, toS: nowS + 1_000 };
  const { end, value } = await store.readings.profile(systemAccess, channel, span);
  return [...value].filter((one, i) => end[i] === timeOf(one));
}

describe('a push in every carriage', () => {
  it.each([
    ['TCP, wrapper', wrapped, 'tcp', 1],
    ['UDP, wrapper', wrapped, 'udp', 2],
    [
      'TCP, HDLC in several frames',
      (apdu: Uint8Array) =>
        Buffer.concat(
          encodeHdlcNotification({ client: clientAddress(103), server: serverAddress(1, 17) }, apdu, 40),
        ),
      'tcp',
      3,
    ],
  ] as const)('%s: is opened with the key of the vault and stored', async (_, frame, network, value) => {
    const endpoint = endpointOf(0);
    await send(frame(sealed(endpoint, registers(endpoint.serial, value), value)), network);
    await expect.poll(() => energies(endpoint.serial), patient).toContain(value);
  });

  it('suite 2, and the broadcast key', async () => {
    const endpoint = endpointOf(1);
    await send(wrapped(sealed(endpoint, registers(endpoint.serial, 21), 1)));
    const gbek = { guek: endpoint.gbek, broadcast: true };
    await send(wrapped(sealed(endpoint, registers(endpoint.serial, 22), 1, gbek)));
    await expect.poll(() => energies(endpoint.serial), patient).toEqual(expect.arrayContaining([21, 22]));
  });

  it('many on one connection: all are stored, none twice', async () => {
    const endpoint = endpointOf(0);
    const values = Array.from({ length: 400 }, (_, i) => 10_000 + i);
    await send(Buffer.concat(values.map((value) => wrapped(sealed(endpoint, registers('', value), value)))));
    const stored = async () => (await energies(endpoint.serial)).filter((value) => value >= 10_000);
    await expect.poll(stored, patient).toEqual(values);
    const { rejected } = field.context.ingest.metrics;
    await send(wrapped(sealed(endpoint, registers('', 10_500), 10_399)));
    await expect.poll(() => field.context.ingest.metrics.rejected, patient).toBe(rejected + 1);
    expect(await stored()).toEqual(values);
  });
});

describe('what is refused', () => {
  it('is told apart and kept with its bytes', async () => {
    const endpoint = endpointOf(2);
    const { serial } = endpoint;
    const plain = registers(serial, 31);
    const good = sealed(endpoint, plain, 5);
    await send(wrapped(good));
    await expect.poll(() => energies(serial), patient).toEqual([31]);
    await send(wrapped(good));
    await send(wrapped(sealed(endpoint, plain, 4)));
    await expect
      .poll(() => refusals(serial), patient)
      .toEqual(['METER_COUNTER_REPLAYED', 'METER_COUNTER_REPLAYED']);
    await send(wrapped(sealed(endpoint, plain, 6, { guek: '11'.repeat(16) })));
    await expect.poll(() => refusals(serial), patient).toContain('METER_KEY_WRONG');
    await send(wrapped(plain));
    await expect.poll(() => refusals(serial), patient).toContain('DLMS_PUSH_UNPROTECTED');
    await send(wrapped(sealed(endpoint, plain, 7, { authenticated: false })));
    await expect
      .poll(async () => (await refusals(serial)).filter((code) => code === 'DLMS_PUSH_UNPROTECTED'), patient)
      .toHaveLength(2);
    await send(wrapped(sealed(endpoint, plain, 8, { envelope: 'general-ded' })));
    await expect.poll(() => refusals(serial), patient).toContain('DLMS_PUSH_UNSUPPORTED');
    const stranger = '4f414dffffffffff';
    await send(wrapped(sealed(endpoint, plain, 9, { systemTitle: hex(stranger) })));
    await expect.poll(() => refusals(stranger), patient).toEqual(['DLMS_PUSH_UNKNOWN']);
    // none of them was stored, none of them used up a counter, and each left its bytes
    await send(wrapped(sealed(endpoint, registers(serial, 32), 6)));
    await expect.poll(() => energies(serial), patient).toContain(32);
    const frames = await evidence().frames(systemAccess, { limit: 500 });
    const outcomes = frames.filter(({ device }) => device === serial).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(expect.arrayContaining(['METER_KEY_WRONG', 'METER_COUNTER_REPLAYED', 'OK']));
    const shown = (await (await field.server.fetch('/api/v1/rejections/summary')).json()) as {
      items?: { code: string; hint: string }[];
    };
    expect(JSON.stringify(shown)).toContain('METER_COUNTER_REPLAYED');
  });

  it('is refused after a restart, too', async () => {
    const endpoint = endpointOf(3);
    const good = sealed(endpoint, registers(endpoint.serial, 41), 5);
    await send(wrapped(good));
    await expect.poll(() => energies(endpoint.serial), patient).toEqual([41]);
    await field.server.close();
    await field.start();
    await send(wrapped(good));
    const all = async () => {
      const found = await evidence().rejections(systemAccess, { limit: 500 });
      return found.slice(0, 1).map(({ code, device }) => `${device} ${code}`);
    };
    await expect.poll(all, patient).toEqual([`${endpoint.serial} METER_COUNTER_REPLAYED`]);
  }, 180_000);
});

describe('keys that change', () => {
  it('a staged key is tried too, and a key that was imported is found without a restart', async () => {
    const endpoint = endpointOf(0);
    const meterId = field.idOf(endpoint.serial);
    await send(wrapped(sealed(endpoint, registers('', 51), 20_001)));
    const vault = await field.context.dlms.vault();
    const guek = '0102030405060708090a0b0c0d0e0f10';
    const staged = await vault.prepare(
      keysAccess,
      meterId,
      [{ kind: 'guek', suite: 0, bytes: hex(guek) }],
      'staged',
    );
    await field.context.registry.meterKeys.add(keysAccess, staged);
    // another process wrote it: nobody was told
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await send(wrapped(sealed(endpoint, registers('', 52), 1, { guek })));
    await expect.poll(() => energies(endpoint.serial), patient).toContain(52);
    await send(wrapped(sealed(endpoint, registers('', 53), 20_002)));
    await expect.poll(() => energies(endpoint.serial), patient).toContain(53);
  });
});

describe('who pushes', () => {
  it('is known by the title that came with the key file, where the endpoint has none', async () => {
    const { serial, systemTitle } = endpointOf(2);
    const { registry, dlms } = field.context;
    const meterId = field.idOf(serial);
    const { version: _, ...endpoint } = (await registry.endpoints.get(systemAccess, meterId))!;
    await registry.endpoints.put(systemAccess, meterId, { ...endpoint, systemTitle: '' });
    await registry.endpoints.noteTitles(systemAccess, [{ meterId, title: systemTitle.toLowerCase() }]);
    dlms.forget(meterId);
    await send(wrapped(sealed(endpointOf(2), registers('', 61), 30_001)));
    await expect.poll(() => energies(serial), patient).toContain(61);
  });
});

describe('an endpoint that is changed', () => {
  it('holds for the next push: with protection, or without it', async () => {
    const { serial } = endpointOf(2);
    const url = `/api/v1/meters/${field.idOf(serial)}/endpoint`;
    const { meterId: _, ...endpoint } = await (await field.server.fetch(url)).json();
    const put = async (over: object) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ ...endpoint, ...over });
      expect((await field.server.fetch(url, { method: 'PUT', headers, body })).status).toBe(200);
    };
    await send(wrapped(registers(serial, 71)));
    await expect.poll(() => refusals(serial), patient).toContain('DLMS_PUSH_UNPROTECTED');
    await put({ security: 'none' });
    await send(wrapped(registers(serial, 72)));
    await expect.poll(() => energies(serial), patient).toContain(72);
    await put({});
    const refused = (await refusals(serial)).length;
    await send(wrapped(registers(serial, 73)));
    await expect.poll(async () => (await refusals(serial)).length, patient).toBe(refused + 1);
    const trail = await field.context.registry.audit.list(systemAccess, { limit: 50 });
    expect(trail.find(({ objectKind }) => objectKind === 'meter_endpoint')?.data).toMatchObject({
      security: endpoint.security,
    });
  });
});

describe('simulated meters', () => {
  it('push their registers, their alarms and their last gasp, which goes to the live stream at once', async () => {
    const meter = meterOf(4);
    const { serial } = meter.identity;
    const told: { code: string; device: string }[] = [];
    const publish = field.context.hub.publish.bind(field.context.hub);
    field.context.hub.publish = ((type: string, data: never) => {
      if (type === 'meter-event') told.push(data);
      return publish(type as 'meter-event', data);
    }) as typeof publish;
    await field.fleet.push([meter], dataPush);
    meter.notice('terminal-cover-opened');
    await field.fleet.powerDown([meter]);
    await expect.poll(async () => (await eventsOf(serial)).length, patient).toBe(2);
    expect((await eventsOf(serial)).map(({ code, severity }) => [code, severity])).toEqual(
      expect.arrayContaining([
        ['3.26.0.85', 'critical'],
        ['3.12.29.212', 'warning'],
      ]),
    );
    const raised = () => told.filter(({ device }) => device === serial).map(({ code }) => code);
    await expect.poll(raised, patient).toContain('3.26.0.85');
    field.clock.setMs((nowS + 600) * 1000);
    field.fleet.powerUp([meter]);
    await expect.poll(async () => (await eventsOf(serial)).length, patient).toBe(3);
    expect(await refusals(serial)).toEqual([]);
  });

  it('that connect are known by their title and read, and push over what they hold open', async () => {
    const { dlms } = field.context;
    await expect.poll(() => dlms.connected, patient).toBe(2);
    const { serial } = endpointOf(5);
    const pushed = async () => {
      const { length } = await evidence().frames(systemAccess, { device: serial, limit: 100 });
      return length;
    };
    const before = await pushed();
    expect(before).toBeGreaterThan(0);
    meterOf(5).push(dataPush);
    await expect.poll(pushed, patient).toBe(before + 1);
    await field.settle();
    await expect.poll(async () => (await field.rows(serial)).stored, patient).toBeGreaterThan(0);
    const { stored, had } = await field.rows(serial);
    expect(stored).toBeGreaterThan(had - 3);
  }, 180_000);
});

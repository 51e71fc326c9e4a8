/** Whole sessions in memory: C12.18, C12.21 and C12.22, also where packets are lost and damaged. */
import { OpenAmiError, Quality } from '@openami/model';
import { describe, expect, test } from 'vitest';
import {
  type C12Exchange,
  C12Reader,
  c1221Times,
  EaxPrimeKey,
  LineExchange,
  logEntriesOf,
  MeterLine,
  MeterNode,
  NetworkExchange,
  type NetworkOptions,
  plainControl,
  sealMessage,
  toPush,
  uid,
} from '../../src/c12/index.ts';
import { seeded } from '../dlms/link/made.ts';
import {
  INTERVAL_S,
  INTERVALS,
  inPulses,
  intervalValue,
  type Making,
  madeMeter,
  meterTables,
  PASSWORD,
  START_S,
} from './made-meter.ts';
import { type Faults, MemoryLine } from './memory.ts';

const key = new EaxPrimeKey(Uint8Array.from({ length: 16 }, (_, i) => 17 * i));

function overLine(
  making: Making = {},
  faults: Faults = {},
  seed = 1,
): { reader: C12Reader; line: MemoryLine } {
  const line = new MemoryLine(new MeterLine(madeMeter(making)), faults, seeded(seed));
  return { reader: new C12Reader(new LineExchange(line)), line };
}

function overNetwork(
  making: Making = {},
  faults: Faults = {},
  seed = 1,
  options: Partial<NetworkOptions> = {},
): { exchange: NetworkExchange; reader: C12Reader; line: MemoryLine } {
  const node = new MeterNode(madeMeter(making), {
    apTitle: '.1.2.77',
    keys: new Map([[3, key]]),
    onlySecured: options.security !== undefined,
  });
  const line = new MemoryLine(node, faults, seeded(seed));
  const exchange = new NetworkExchange(line, {
    callingApTitle: '2.16.124.113620.1.22.0.1.2.5',
    calledApTitle: '.1.2.77',
    firstInvocationId: 1_000,
    ...options,
  });
  return { exchange, reader: new C12Reader(exchange), line };
}

async function session(reader: C12Reader, isLine: boolean): Promise<void> {
  await reader.identify();
  if (isLine) await reader.negotiate(256, 16);
  await reader.logon({ userId: 2, user: 'reader', password: PASSWORD });
}

const codeOf = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    return error instanceof OpenAmiError ? error.code : String(error);
  }
  return undefined;
};

/** Everything a reader brings home, as plain values. */
async function reading(reader: C12Reader, isLine: boolean) {
  await session(reader, isLine);
  const tables = await reader.readRegisters();
  const profile = await reader.readProfile();
  const push = toPush(tables, { receivedS: 0, profiles: [profile] });
  await reader.logoff();
  return push.series.map(({ quantity, unit, intervalS, end, value, quality }) => ({
    quantity,
    unit,
    intervalS,
    end: [...end],
    value: [...value],
    quality: [...quality],
  }));
}

const firstEnd = START_S + 5 * 3_600 + INTERVAL_S;
const rows = 2 * INTERVALS + 5;
const values = (channel: number, worth: number) =>
  Array.from(
    { length: rows },
    (_, i) => intervalValue(Math.floor(i / INTERVALS), i % INTERVALS, channel) * worth,
  );
const ends = Array.from({ length: rows }, (_, i) => firstEnd + i * INTERVAL_S);
const register = (quantity: string, unit: string, value: number, endS = START_S + 86_400 + 5 * 3_600) => ({
  quantity,
  unit,
  intervalS: 0,
  end: [endS],
  value: [value],
  quality: [Quality.raw],
});
const profile = (quantity: string, channel: number, worth: number) => ({
  quantity,
  unit: 'Wh',
  intervalS: INTERVAL_S,
  end: ends,
  value: values(channel, worth),
  quality: Array.from({ length: rows }, () => Quality.raw),
});
const eventS = START_S - 3_600 + 5 * 3_600;
const home = [
  ...[0, 1, 2].flatMap((tier) => [
    register(`1-0:1.8.${tier}*255`, 'Wh', 34_567 * (tier + 1)),
    register(`1-0:2.8.${tier}*255`, 'Wh', 42 * (tier + 1)),
    register(`1-0:1.6.${tier}*255`, 'W', 512 * (tier + 1), eventS),
  ]),
  register('1-0:1.4.0*255', 'W', 480),
  register('1-0:32.7.0*255', 'V', 230),
  profile('1-0:1.8.0*255', 0, 1),
  // the divisor of the second channel is 5, its scalar 2
  profile('1-0:2.8.0*255', 1, 2.5),
];

describe('C12.18', () => {
  test('registers and load profile', async () => {
    const { reader } = overLine();
    expect(await reading(reader, true)).toEqual(home);
  });

  test.each([{ lost: 8 }, { damaged: 8 }, { lost: 5, damaged: 5, split: true }])(
    'the same over a bad line: %o',
    async (faults) => {
      for (let seed = 1; seed <= 12; seed++) {
        const { reader, line } = overLine({}, faults, seed);
        expect(await reading(reader, true)).toEqual(home);
        expect(line.lost).toBeGreaterThan(0);
      }
    },
  );

  test('a line that carries nothing is given up after four tries', async () => {
    const { reader, line } = overLine({}, { lost: 100 });
    expect(await codeOf(reader.identify())).toBe('C12_NO_ANSWER');
    expect(line.sent).toBe(4);
  });

  test('a line that is closed says so', async () => {
    const { reader, line } = overLine();
    line.isClosed = true;
    expect(await codeOf(reader.identify())).toBe('C12_CLOSED');
  });

  test('states and passwords are kept', async () => {
    const { reader } = overLine();
    expect(await codeOf(reader.readBytes(1))).toBe('C12_REFUSED');
    await reader.identify();
    await reader.negotiate(256, 16);
    await reader.logon({ userId: 2, user: 'reader' });
    expect((await reader.readTable(1)).MANUFACTURER).toBe('OAMI');
    expect(await codeOf(reader.readBytes(23))).toBe('C12_REFUSED');
    const wrong = reader.logon({ userId: 2, user: 'reader', password: new Uint8Array(20) });
    expect(await codeOf(wrong)).toBe('C12_REFUSED');
  });

  test('a table is written, whole and in part, and read back; others are refused', async () => {
    const { reader } = overLine({}, { lost: 5, split: true }, 4);
    await session(reader, true);
    await reader.write(5, new TextEncoder().encode('OA-C12-0002'.padEnd(20)));
    await reader.writePart(5, 10, new TextEncoder().encode('9'));
    expect((await reader.readTable(5)).IDENTIFICATION).toBe('OA-C12-0009'.slice(0, 10) + '9'.padEnd(10));
    expect(await codeOf(reader.write(1, new Uint8Array(32)))).toBe('C12_REFUSED');
  });

  test('a procedure is called through table 7 and answers in table 8', async () => {
    const called: string[] = [];
    const setClock = (parameters: Uint8Array) => {
      called.push(String(parameters));
      return { code: 0, data: Uint8Array.of(0xaa) };
    };
    const meter = madeMeter({}, { procedures: new Map([[10, setClock]]) });
    const line = new MemoryLine(new MeterLine(meter), {}, seeded(1));
    const reader = new C12Reader(new LineExchange(line));
    await session(reader, true);
    await reader.write(7, Uint8Array.of(10, 0, 5, 1, 2, 3));
    expect(await reader.readTable(8)).toMatchObject({
      PROC: { NBR: 10, MFG_FLAG: false },
      SEQ_NBR: 5,
      RESULT_CODE: 0,
      RESP_DATA_RCD: Uint8Array.of(0xaa),
    });
    await reader.write(7, Uint8Array.of(11, 0, 6));
    expect(await reader.readTable(8)).toMatchObject({ SEQ_NBR: 6, RESULT_CODE: 6 });
    expect(called).toEqual(['1,2,3']);
  });

  test('a device on a shared line, with the times of C12.21', async () => {
    const device = new MeterLine(madeMeter(), { identity: 9 });
    const line = new MemoryLine(device, { lost: 5 }, seeded(2), c1221Times);
    const reader = new C12Reader(new LineExchange(line, { identity: 9, times: c1221Times }));
    expect(await reading(reader, true)).toEqual(home);
    const other = new C12Reader(new LineExchange(line, { identity: 8, times: c1221Times }));
    expect(await codeOf(other.identify())).toBe('C12_NO_ANSWER');
  });
});

describe('C12.22', () => {
  const security = (mode: 'authenticated' | 'ciphered') => ({ security: { mode, key, keyId: 3 } });

  test.each([
    ['in the clear', {}],
    ['authenticated', security('authenticated')],
    ['ciphered', security('ciphered')],
  ] as const)('registers and load profile, %s', async (_, options) => {
    const { reader } = overNetwork({}, { split: true }, 1, options);
    expect(await reading(reader, false)).toEqual(home);
  });

  test('messages that are lost or damaged are sent again; damage never passes for a value', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const { reader } = overNetwork({}, { lost: 5, damaged: 5, split: true }, seed, {
        ...security('ciphered'),
        retries: 9,
      });
      expect(await reading(reader, false)).toEqual(home);
    }
  });

  test('several services in one message', async () => {
    const { exchange } = overNetwork();
    const answers = await exchange.requests([
      { service: 'logon', userId: 1, user: new Uint8Array(10), idleTimeoutS: 60 },
      { service: 'read', table: 1 },
      { service: 'read', table: 23 },
    ]);
    expect(answers.map(({ name, body }) => [name, body.of])).toEqual([
      ['ok', 'logon'],
      ['ok', 'table'],
      ['isc', 'nothing'],
    ]);
    expect(exchange.nextInvocationId).toBe(1_001);
  });

  test('a wrong key, a wrong node, and a node that wants security get no answer', async () => {
    const other = new EaxPrimeKey(new Uint8Array(16));
    const wrongKey = overNetwork({}, {}, 1, { security: { mode: 'ciphered', key: other, keyId: 3 } });
    expect(await codeOf(wrongKey.reader.identify())).toBe('C12_NO_ANSWER');
    const wrongNode = overNetwork({}, {}, 1, { calledApTitle: '.1.2.78' });
    expect(await codeOf(wrongNode.reader.identify())).toBe('C12_NO_ANSWER');
    expect(wrongNode.line.sent).toBe(4);
    const keys = new Map([[3, key]]);
    const node = new MeterNode(madeMeter(), { apTitle: '.1', keys, onlySecured: true });
    const line = new MemoryLine(node, {}, seeded(1));
    const titles = { callingApTitle: '.2', calledApTitle: '.1' };
    const clear = new NetworkExchange(line, { ...titles, firstInvocationId: 1 });
    expect(await codeOf(clear.request({ service: 'identify' }))).toBe('C12_NO_ANSWER');
    const secured = new NetworkExchange(line, { ...titles, firstInvocationId: 9, ...security('ciphered') });
    expect((await secured.request({ service: 'identify' })).name).toBe('ok');
  });

  test('an answer in the clear to a request that is secured is not taken, and named', async () => {
    const plain = new MeterNode(madeMeter(), { apTitle: '.1.2.77' });
    const clear = sealMessage(
      { callingApTitle: uid('.1.2.77'), calledApInvocationId: 1_000, callingApInvocationId: 1 },
      { control: plainControl, services: [Uint8Array.of(0)] },
    );
    const line = new MemoryLine({ receive: (chunk) => [...plain.receive(chunk), clear] }, {}, seeded(1));
    const exchange = new NetworkExchange(line, {
      callingApTitle: '.5',
      calledApTitle: '.1.2.77',
      firstInvocationId: 1_000,
      ...security('authenticated'),
    });
    expect(await codeOf(exchange.request({ service: 'logoff' }))).toBe('C12_NOT_SECURED');
  });

  test('an answer that holds no service says so', async () => {
    const empty = sealMessage(
      { callingApTitle: uid('.1'), calledApInvocationId: 9, callingApInvocationId: 1 },
      { control: plainControl, services: [] },
    );
    const line = new MemoryLine({ receive: () => [empty] }, {}, seeded(1));
    const exchange = new NetworkExchange(line, {
      callingApTitle: '.5',
      calledApTitle: '.1',
      firstInvocationId: 9,
    });
    expect(await codeOf(exchange.request({ service: 'logoff' }))).toBe('C12_UNEXPECTED');
  });

  test('a request that comes twice is done once', async () => {
    let calls = 0;
    const procedure = () => ({ code: 0, data: Uint8Array.of(++calls) });
    const node = new MeterNode(
      madeMeter({}, { procedures: new Map([[9, procedure]]), password: undefined }),
      {
        apTitle: '.1',
      },
    );
    const line = new MemoryLine(node, { lost: 40 }, seeded(3));
    const exchange = new NetworkExchange(line, {
      callingApTitle: '.2',
      calledApTitle: '.1',
      firstInvocationId: 1,
      retries: 20,
    });
    const reader = new C12Reader(exchange as C12Exchange);
    for (let i = 0; i < 10; i++) await reader.write(7, Uint8Array.of(9, 0, i));
    expect(calls).toBe(10);
  });
});

describe('load profiles', () => {
  test.each<Making>([
    { littleEndian: false, tmFormat: 1 },
    { tmFormat: 3, intervalFormat: 64, ni1: 2 },
    { tmFormat: 4, intervalFormat: 128, ni2: 6 },
    { descendingBlocks: true },
    { descendingIntervals: true, intervalFormat: 1 },
    { newestBlock: 0, newestIntervals: 5, validBlocks: 3, blocks: 4 },
    { descendingBlocks: true, descendingIntervals: true, newestBlock: 3 },
    { intervalFormat: 32, intFormat: 2 },
  ])('of a device that stores %o', async (making) => {
    const { reader } = overLine(making);
    expect((await reading(reader, true)).slice(-2)).toEqual(home.slice(-2));
  });

  test('states of intervals are told', async () => {
    const { reader } = overLine({ extended: true, simple: true });
    const series = (await reading(reader, true)).slice(-2);
    const { missing, questionable, raw } = Quality;
    const states = (channel: number) =>
      Array.from({ length: rows }, (_, i) => {
        const place = i % INTERVALS;
        return channel === 1 && place === 3 ? missing : place === 2 ? questionable : raw;
      });
    expect(series.map(({ quality }) => quality)).toEqual([states(0), states(1)]);
    expect(series[1]!.value[3]).toBeNaN();
  });

  test('the last blocks alone', async () => {
    const { reader } = overLine();
    await session(reader, true);
    const profile = await reader.readProfile(1, 2);
    expect(profile.length).toBe(INTERVALS + 5);
    expect(profile.clockEndS[0]).toBe(START_S + (INTERVALS + 1) * INTERVAL_S);
  });
});

test('pulses are worth what the constants say, with transformers that are not applied', async () => {
  const tables = inPulses(meterTables({ ni1: 2 }));
  const meter = madeMeter({ ni1: 2 }, { tables });
  const line = new MemoryLine(new MeterLine(meter), {}, seeded(1));
  const [first] = await reading(new C12Reader(new LineExchange(line)), true);
  // 34 567 pulses of 1.8 Wh, behind transformers of 20 to 1: exactly
  expect(first).toMatchObject({ quantity: '1-0:1.8.0*255', value: [1_244_412], unit: 'Wh' });
});

test('a log is read in the order of its events; those that are known become events of a push', async () => {
  const { reader } = overLine();
  await session(reader, true);
  const tables = await reader.readLogs();
  expect(logEntriesOf(tables)).toMatchObject([
    { table: 76, clockS: START_S + 240, code: 1, isManufacturer: false, cim: '3.26.0.47', sequence: 4 },
    { clockS: START_S + 300, code: 2, cim: '3.26.0.216' },
    { clockS: START_S + 420, code: 2, isManufacturer: true, argument: Uint8Array.of(7, 2) },
  ]);
  const { events } = toPush(tables, { receivedS: 0, toUtcS: (clockS) => clockS });
  expect(events.map(({ code, at }) => [code, at])).toEqual([
    ['3.26.0.47', START_S + 240],
    ['3.26.0.216', START_S + 300],
  ]);
});

test('what has no meaning is rejected with its source, and a zone that is handed in is used', async () => {
  const { reader } = overLine();
  await session(reader, true);
  const tables = await reader.readRegisters();
  const push = toPush(tables, { receivedS: 5, toUtcS: (clockS) => clockS + 1 });
  expect(push.device).toBe('OA-C12-0001');
  expect(push.sentMs).toBe((START_S + 86_401) * 1_000);
  expect(push.rejects).toMatchObject([{ code: 'C12_UNSUPPORTED', value: '9' }]);
  expect(push.rejects[0]!.detail).toContain('source 4 has no unit');
});

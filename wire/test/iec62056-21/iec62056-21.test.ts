import { OpenAmiError, Quality } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hexOf } from '../../src/bytes.ts';
import {
  type DataSet,
  dataSetText,
  decimalText,
  decodeIec62056Line,
  decodeIecMessage,
  encodeIecMessage,
  errorAnswerOf,
  findIdentification,
  Iec62056Stream,
  IecClient,
  type IecEvent,
  type IecMessage,
  IecMeter,
  iecCommand,
  iecTime,
  iecUtcSeconds,
  parseDataSets,
  profileSeries,
  profilesOf,
  toPush,
} from '../../src/iec62056-21/index.ts';
import { asciiBytes, asciiText } from '../../src/text.ts';
import { inTime } from '../cpu.ts';
import { mutations, pieces } from '../dlms/link/made.ts';
import { dataSetOf, wordOf } from './data-sets.ts';
import {
  identification,
  profile,
  profileBytes,
  pushBytes,
  readout,
  readoutBytes,
  simulatedMeter,
} from './made.ts';

const letters = 'ABCxyz0189 .:-+;#"$%&';
const word = wordOf([...letters]);
const dataSet = dataSetOf(word);

describe('data sets', () => {
  test('come back as they were written, many on a line', () => {
    fc.assert(
      fc.property(fc.array(dataSet, { minLength: 1, maxLength: 5 }), (sets) => {
        expect(parseDataSets(sets.map(dataSetText).join(''))).toEqual(sets);
      }),
    );
  });

  test.each(['', 'none', '1.8.0(1', '1.8.0)1(', '1.8.0((1)', '1.8.0(1)x'])('not made of any: %j', (text) => {
    expect(parseDataSets(text)).toBeUndefined();
  });
});

test.each([
  ['/OAM5SIM', { mode: 'C', baud: 9_600, abilities: [], identification: 'SIM' }],
  ['/OAM5\\2SIM', { mode: 'C', baud: 9_600, abilities: ['2'], identification: 'SIM', text: '\\2SIM' }],
  ['/OAMC1234', { mode: 'B', baud: 2_400, identification: '1234' }],
  ['/OAM 1234', { mode: 'A', baud: 300, identification: '1234' }],
  ['/OAM9', { mode: 'C', baud: 300, identification: '' }],
])('identification %s', (line, expected) => {
  expect(findIdentification(line)).toMatchObject(expected);
});

describe('messages', () => {
  const message: fc.Arbitrary<IecMessage> = fc.oneof(
    word(20).map((address) => ({ kind: 'request', address }) as const),
    fc.constantFrom({ kind: 'ack' } as const, { kind: 'nak' } as const),
    fc.constant({ kind: 'identification', ...identification } as const),
    fc.constant({ kind: 'option', protocol: '0', baudCode: '5', mode: '1' } as const),
    fc
      .tuple(fc.constantFrom('P', 'W', 'R', 'E', 'B'), fc.nat(9), fc.option(dataSet, { nil: undefined }))
      .map(([command, type, set]) => iecCommand(command as 'P', type, set)),
    fc.record({
      kind: fc.constant('data' as const),
      records: fc.array(dataSet, { maxLength: 6 }),
      isReadout: fc.boolean(),
      isLast: fc.boolean(),
    }),
  );

  test('come back as they were sent, with parity bits, too', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (sent, hasParity) => {
        const bytes = encodeIecMessage(sent);
        expect(decodeIecMessage(hasParity ? bytes.map(withParity) : bytes)).toEqual(sent);
      }),
    );
  });

  test('byte for byte', () => {
    // the exclusive-or of P1, STX, (, four zeros, ) and ETX by hand
    const check = [...'P1\x02(0000)\x03'].reduce((sum, char) => sum ^ char.charCodeAt(0), 0);
    const bytes = encodeIecMessage(iecCommand('P', 1, { address: '', values: [{ value: '0000' }] }));
    expect(asciiText(bytes)).toBe(`\x01P1\x02(0000)\x03${String.fromCharCode(check)}`);
    expect(asciiText(encodeIecMessage(iecCommand('B', 0)))).toBe('\x01B0\x03q');
  });

  test('what is not one', () => {
    const code = (text: string, push = false) => {
      try {
        decodeIecMessage(asciiBytes(text), { push });
      } catch (error) {
        return (error as OpenAmiError).code;
      }
      return undefined;
    };
    expect(code('\x01P0\x02(1234567)\x03X')).toBe('IEC_CHECK');
    expect(code('\x01Q0\x03\x62')).toBe('IEC_FRAME');
    expect(code('\x02abc')).toBe('IEC_TRUNCATED');
    expect(code('/OA\r\n')).toBe('IEC_FRAME');
    expect(code('hello')).toBe('IEC_FRAME');
    expect(code('')).toBe('IEC_FRAME');
    expect(code('/OAM5X\r\n1.8.0(1)\r\n', true)).toBe('IEC_TRUNCATED');
    expect(code('/?!\r\n/?!\r\n')).toBe('IEC_FRAME');
  });

  test('answers that refuse', () => {
    const answer = (text: string) =>
      errorAnswerOf({
        kind: 'data',
        records: [parseDataSets(text)?.[0] ?? { address: '', values: [], text }],
        isReadout: false,
        isLast: true,
      });
    expect(answer('(ER01)')).toBe('ER01');
    expect(answer('(ERROR)')).toBe('ERROR');
    expect(answer('P.01(ERROR)')).toBe('ERROR');
    expect(answer('ERR2')).toBe('ERR2');
    expect(answer('(ERDE)')).toBeUndefined();
    expect(answer('1.8.0(1*kWh)')).toBeUndefined();
  });

  test('what cannot be written', () => {
    const code = 'IEC_NOT_ENCODABLE';
    for (const value of ['a)', '!', '\r\n', 'ä']) {
      const records = [{ address: '1.8.0', values: [{ value }] }];
      const data = { kind: 'data', records, isReadout: false, isLast: true } as const;
      expect(() => encodeIecMessage(data)).toThrow(expect.objectContaining({ code }));
    }
  });
});

function withParity(byte: number): number {
  let ones = 0;
  for (let bits = byte; bits > 0; bits >>= 1) ones ^= bits & 1;
  return byte | (ones << 7);
}

describe('the stream', () => {
  test('a whole sign-on in any chunks', () => {
    const whole = Uint8Array.from([
      ...asciiBytes('\0\0/?00012345!\r\n/OAM5\\2SIM21\r\n\x06051\r\n'),
      ...encodeIecMessage(iecCommand('P', 0, { address: '', values: [{ value: 'A1' }] })),
      ...encodeIecMessage(iecCommand('R', 5, { address: 'P.01', values: [{ value: ';' }] })),
      ...profileBytes,
      0x06,
      ...readoutBytes,
      ...encodeIecMessage(iecCommand('B', 0)),
    ]);
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 300 }), (seed, max) => {
        const stream = new Iec62056Stream();
        const out = [...pieces(whole, seed, max)].flatMap((chunk) => stream.push(chunk));
        expect(out.map(({ frame, error }) => frame?.kind ?? error)).toEqual([
          ...['request', 'identification', 'option', 'command', 'command', 'data', 'ack', 'data', 'command'],
        ]);
      }),
    );
  });

  test('pushes, one cut off between them', () => {
    const cut = pushBytes.subarray(0, 60);
    const bytes = Uint8Array.from([...cut, 0x0d, 0x0a, ...pushBytes, ...pushBytes]);
    for (const max of [1, 7, 5_000]) {
      const stream = new Iec62056Stream({ push: true });
      const out = [...pieces(bytes, max, max)].flatMap((chunk) => stream.push(chunk));
      expect(out.map(({ frame, error }) => frame?.kind ?? error?.code)).toEqual([
        'IEC_TRUNCATED',
        'push',
        'push',
      ]);
    }
  });

  test('a block without end takes no more than the limit', () => {
    const stream = new Iec62056Stream();
    const out = stream.push(Uint8Array.of(2));
    for (let i = 0; i < 300; i++) out.push(...stream.push(new Uint8Array(1_000).fill(0x55)));
    expect(out.map(({ error }) => error?.code)).toEqual(['IEC_OVER_LIMIT']);
  });

  test('one changed bit is never taken for a value', () => {
    const right = JSON.stringify(readout);
    for (const changed of mutations(readoutBytes, 1_000)) {
      const stream = new Iec62056Stream();
      const out = inTime(() => [...stream.push(changed), ...stream.flush()]);
      for (const { frame } of out) {
        // the eighth bit of a character is its parity and says nothing
        if (frame?.kind === 'data' && frame.isReadout) expect(JSON.stringify(frame.records)).toBe(right);
      }
    }
  });

  test('any bytes: our errors only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, push) => {
        try {
          decodeIecMessage(bytes, { push });
        } catch (error) {
          expect(error).toBeInstanceOf(OpenAmiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Lets both talk until nobody has more to say; bytes come in pieces, echoed to the client where asked. */
function talk(
  client: IecClient,
  meter: IecMeter,
  first: readonly Uint8Array[],
  seed = 1,
  echo = false,
): IecEvent[] {
  const events: IecEvent[] = [];
  let toMeter = first;
  for (let turn = 0; turn < 100 && toMeter.length > 0; turn++) {
    const toClient: Uint8Array[] = [];
    if (echo) toClient.push(...toMeter);
    for (const bytes of toMeter) {
      for (const chunk of pieces(bytes, seed, 5)) toClient.push(...meter.receive(chunk).send);
    }
    const next: Uint8Array[] = [];
    for (const bytes of toClient) {
      for (const chunk of pieces(bytes, seed, 9)) {
        const step = client.receive(chunk);
        events.push(...step.events);
        next.push(...step.send);
      }
    }
    toMeter = next;
  }
  return events;
}

describe('client and meter', () => {
  test.each([false, true])('a readout; echo %s', (echo) => {
    const client = new IecClient({ mode: 'readout' });
    const events = talk(client, new IecMeter(simulatedMeter()), client.start('12345').send, 3, echo);
    expect(events).toEqual([
      { event: 'identified', identification },
      { event: 'data', records: readout },
    ]);
  });

  test.each([
    ['A', '/OAM SIM', undefined],
    ['B', '/OAMESIM', 9_600],
  ])('a readout in mode %s', (_, line, baud) => {
    const model = simulatedMeter({ identification: findIdentification(line)! });
    const client = new IecClient({ mode: 'readout' });
    const [request] = client.start().send;
    const [name, data] = new IecMeter(model).receive(request!).send;
    expect(client.receive(name!)).toMatchObject({ send: [], ...(baud && { baud }) });
    expect(client.receive(data!).events).toEqual([{ event: 'data', records: readout }]);
  });

  test('the rate of both', () => {
    const client = new IecClient({ mode: 'readout', maxBaud: 4_800 });
    const meter = new IecMeter(simulatedMeter());
    const [name] = meter.receive(client.start().send[0]!).send;
    const step = client.receive(name!);
    expect(asciiText(step.send[0]!)).toBe('\x06040\r\n');
    expect(step.baud).toBe(4_800);
    expect(meter.receive(step.send[0]!)).toMatchObject({ baud: 4_800, send: [readoutBytes] });
  });

  test('a meter for another address keeps silent', () => {
    const meter = new IecMeter(simulatedMeter());
    expect(meter.receive(asciiBytes('/?99!\r\n')).send).toEqual([]);
    expect(meter.receive(asciiBytes('/?0012345!\r\n')).send).toHaveLength(1);
  });

  test('a damaged block is asked for again, three times', () => {
    const client = new IecClient({ mode: 'readout' });
    client.start();
    client.receive(asciiBytes('/OAM5SIM\r\n'));
    const damaged = readoutBytes.slice();
    damaged[20]! ^= 1;
    for (let i = 0; i < 3; i++) expect(hexOf(client.receive(damaged).send[0]!)).toBe('15');
    expect(client.receive(damaged).events).toMatchObject([{ event: 'failed', error: { code: 'IEC_CHECK' } }]);
    const meter = new IecMeter(simulatedMeter());
    meter.receive(asciiBytes('/?!\r\n\x06050\r\n'));
    expect(meter.receive(Uint8Array.of(0x15)).send).toEqual([readoutBytes]);
  });

  function opened(more = {}): {
    client: IecClient;
    meter: IecMeter;
    model: ReturnType<typeof simulatedMeter>;
  } {
    const model = simulatedMeter(more);
    const meter = new IecMeter(model);
    const client = new IecClient({ mode: 'programming' });
    expect(talk(client, meter, client.start().send).at(-1)).toEqual({ event: 'opened', operand: 'A1B2' });
    return { client, meter, model };
  }
  const set = (address: string, value = ''): DataSet => ({ address, values: [{ value }] });

  test('programming: password, read, write, execute, end', () => {
    const { client, meter, model } = opened();
    const refused = { event: 'failed', error: { code: 'IEC_REFUSED', message: 'ERR1' } };
    expect(talk(client, meter, client.read(set('1.8.0')).send)).toMatchObject([refused]);
    expect(talk(client, meter, client.password(1, '11111111').send)).toMatchObject([refused]);
    expect(talk(client, meter, client.password(1, '00000000').send)).toEqual([{ event: 'accepted' }]);
    expect(talk(client, meter, client.read(set('1.8.0')).send)).toEqual([
      { event: 'data', records: [readout[3]] },
    ]);
    expect(talk(client, meter, client.read(set('9.9.9')).send)).toMatchObject([refused]);
    expect(talk(client, meter, client.write(set('0.9.1', '120000')).send)).toEqual([{ event: 'accepted' }]);
    expect(model.written).toEqual([set('0.9.1', '120000')]);
    expect(talk(client, meter, client.write(set('1.8.0', '0')).send)).toMatchObject([refused]);
    expect(talk(client, meter, client.execute(set('reset')).send)).toEqual([{ event: 'accepted' }]);
    expect(talk(client, meter, client.close().send)).toEqual([]);
    expect(() => client.read(set('1.8.0'))).toThrow(expect.objectContaining({ code: 'IEC_CLOSED' }));
    expect(meter.receive(encodeIecMessage(iecCommand('R', 1, set('1.8.0')))).send).toEqual([]);
  });

  test('three wrong passwords end the session', () => {
    const { client, meter } = opened();
    for (let i = 0; i < 2; i++) talk(client, meter, client.password(1, '1').send);
    expect(talk(client, meter, client.password(1, '1').send)).toEqual([{ event: 'closed' }]);
  });

  test('a profile at once and in blocks', () => {
    for (const type of [5, 6]) {
      const many = Array.from({ length: 100 }, (_, i) => set(`1.8.${i}`, String(i)));
      const { client, meter } = opened({ read: () => many, password: undefined });
      const events = talk(client, meter, client.read(set('P.01', ';'), type).send);
      expect(events).toEqual([{ event: 'data', records: many }]);
    }
  });

  test('programming needs mode C', () => {
    const client = new IecClient({ mode: 'programming' });
    client.start();
    expect(client.receive(asciiBytes('/OAMESIM\r\n')).events).toMatchObject([
      { event: 'identified' },
      { event: 'failed', error: { code: 'IEC_UNEXPECTED' } },
    ]);
  });
});

describe('load profiles', () => {
  test('parts put together as series, in the time of the meter', () => {
    const [found, ...more] = profilesOf(profile);
    expect(more).toEqual([]);
    expect(found!.channels).toEqual([
      { address: '1.5', obis: '1-0:1.5.0*255', unit: 'kW', sentUnit: 'kW' },
      { address: '2.5.0', obis: '1-0:2.5.0*255', unit: 'kW', sentUnit: 'kW' },
    ]);
    const [first, second] = profileSeries(found!, 'Europe/Berlin');
    const startS = Date.UTC(2026, 2, 2, 23) / 1_000;
    expect(first).toMatchObject({ quantity: '1-0:1.5.0*255', unit: 'kW', intervalS: 900, length: 4 });
    expect([...first!.end]).toEqual([900, 1_800, 3_600, 4_500].map((afterS) => startS + afterS));
    expect([...first!.value]).toEqual([0.512, 0.498, 0.1, 0.2]);
    expect([...first!.quality]).toEqual([Quality.raw, Quality.raw, Quality.questionable, Quality.raw]);
    expect(second!.quality[2]).toBe(Quality.missing);
    expect(second!.value[2]).toBeNaN();
  });

  test('rows on the line of the header, and a log of events', () => {
    const records = parseDataSets('P.01(1260703001500)(00)(15)(1)(1.5)(kW)(0.1)(0.2)')!;
    const [found] = profilesOf(records);
    expect(found!.rows.map(({ values }) => decimalText(values[0]!))).toEqual(['0.1', '0.2']);
    const [log] = profilesOf(
      parseDataSets('P.98(0260303101500)(E0)()(2)(0.9.1)()(0.9.2)()(101500)(260303)')!,
    );
    expect(log).toMatchObject({ name: 'P.98', intervalS: 0, rows: [{ status: 0xe0 }] });
    expect(profileSeries(log!, 'UTC')).toEqual([]);
  });

  test.each([
    'P.01(x)(00)(15)(1)(1.5)(kW)',
    'P.01(0260303001500)(00)(15)(2)(1.5)(kW)',
    'P.01(0260303001500)(00)(15)(2)(1.5)(kW)(2.5)(kW)(1)',
    'P.01(0260303001500)(00)(15)(99)(1.5)(kW)',
    'P.01(0260303001500)(00)(x)(1)(1.5)(kW)',
    'P.01(0260303001500)(00)(15)(0)(1)',
    'P.01()',
  ])('not of its form: %s', (text) => {
    expect(() => profilesOf(parseDataSets(text)!)).toThrow(expect.objectContaining({ code: 'IEC_PROFILE' }));
  });

  test.each([
    ['0261025023000', Date.UTC(2026, 9, 25, 1, 30)],
    ['1261025023000', Date.UTC(2026, 9, 25, 0, 30)],
    ['2261025023000', Date.UTC(2026, 9, 25, 2, 30)],
    ['2603031215', Date.UTC(2026, 2, 3, 11, 15)],
    ['26-03-03 12:15:30', Date.UTC(2026, 2, 3, 11, 15, 30)],
    ['2603032400', Date.UTC(2026, 2, 3, 23)],
  ])('the time %s', (text, utcMs) => {
    expect(iecUtcSeconds(iecTime(text)!, 'Europe/Berlin')).toBe(utcMs / 1_000);
  });

  test.each(['', '26030312', '3260303121500', '2602301215', '2603032500', '26030312153'])(
    'no time: %j',
    (text) => {
      expect(iecTime(text)).toBeUndefined();
    },
  );
});

describe('pushes', () => {
  test('registers at the time of the meter', () => {
    const push = toPush({ records: readout }, { receivedS: 1, zone: 'Europe/Berlin' });
    const nowS = Date.UTC(2026, 2, 3, 10, 15) / 1_000;
    expect(push).toMatchObject({ device: '00012345', sentMs: nowS * 1_000, rejectCount: 1 });
    expect(push.series.map(({ quantity, unit, end, value }) => [quantity, unit, end[0], value[0]])).toEqual([
      ['1-0:1.8.0*255', 'kWh', nowS, 1_234.567],
      ['1-0:1.6.0*255', 'kW', Date.UTC(2026, 2, 1, 11, 15) / 1_000, 0.512],
    ]);
    expect(push.rejects).toMatchObject([
      { quantity: '1-0:2.8.0*255', value: '000001.5', code: 'IEC_NO_UNIT' },
    ]);
  });

  test('without a zone at the time of receipt, without profiles', () => {
    const push = toPush({ records: [...readout, ...profile] }, { receivedS: 7, device: 'given' });
    expect(push).toMatchObject({ device: 'given', sentMs: 0 });
    expect(push.series.map(({ end, intervalS }) => [end[0], intervalS])).toEqual([
      [7, 0],
      [7, 0],
    ]);
    const withZone = toPush({ records: [...readout, ...profile] }, { receivedS: 7, zone: 'UTC' });
    expect(withZone.series.map(({ intervalS }) => intervalS)).toEqual([0, 0, 900, 900]);
  });
});

describe('a line of openami decode', () => {
  test('a readout, a push, a profile', () => {
    const readoutLine = decodeIec62056Line(JSON.stringify({ id: 1, hex: hexOf(readoutBytes) }));
    expect(readoutLine).toMatchObject({ id: 1, ok: true, messages: [{ kind: 'data', isReadout: true }] });
    const pushLine = decodeIec62056Line(JSON.stringify({ id: 2, text: asciiText(pushBytes) }));
    expect(pushLine).toMatchObject({
      ok: true,
      messages: [
        {
          kind: 'push',
          identification: { maker: 'OAM' },
          records: [{ address: '0.0.0' }, ...Array(8).fill({})],
        },
      ],
    });
    const profileLine = JSON.stringify({ id: 3, hex: hexOf(profileBytes), zone: 'Europe/Berlin' });
    expect(decodeIec62056Line(profileLine)).toMatchObject({
      ok: true,
      profiles: [
        { name: 'P.01', rows: [{ end: '2026-03-02T23:15:00.000Z', values: ['0.512', '0.000'] }, {}, {}, {}] },
      ],
    });
  });

  test('damage, and passwords, which are not shown', () => {
    const damaged = readoutBytes.slice();
    damaged[20]! ^= 1;
    expect(decodeIec62056Line(JSON.stringify({ hex: hexOf(damaged) }))).toMatchObject({
      ok: false,
      error: { code: 'IEC_CHECK' },
    });
    const secret = encodeIecMessage(iecCommand('P', 1, { address: '', values: [{ value: 'geheim' }] }));
    const record = decodeIec62056Line(JSON.stringify({ hex: hexOf(secret) }));
    expect(record).toMatchObject({ ok: true, messages: [{ kind: 'command', command: 'P', type: 1 }] });
    expect(JSON.stringify(record)).not.toContain('geheim');
    const wrong = encodeIecMessage({
      kind: 'data',
      records: [{ address: 'P.01', values: [{ value: 'x' }] }],
      isReadout: false,
      isLast: true,
    });
    expect(decodeIec62056Line(JSON.stringify({ hex: hexOf(wrong) }))).toMatchObject({
      error: { code: 'IEC_PROFILE' },
    });
    expect(decodeIec62056Line('{}')).toMatchObject({ ok: false, error: { code: 'DECODE_BAD_FIELD' } });
  });
});

test('a line with nothing in it', () => {
  expect(decodeIec62056Line('{"hex":""}')).toMatchObject({ ok: false, error: { code: 'IEC_FRAME' } });
});

/** A bus of simulated meters and the master that reads it, frame by frame. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeRecords,
  encodeWiredFrame,
  type MbusAddress,
  MbusMaster,
  MbusSlave,
  type MbusTransport,
  maskBytes,
  maskMatches,
  numberOf,
  wiredFrames,
} from '../../src/mbus/index.ts';
import { key, water } from './made.ts';

const energy = (value: number): Uint8Array =>
  encodeRecords([{ quantity: 'energy', unit: 'Wh', power: 3, field: 'int32', value }]);

interface Meter extends Partial<MbusAddress> {
  readonly primary: number;
  readonly telegrams?: readonly Uint8Array[];
  readonly secret?: boolean;
}

/** Meters that share a line: what they say at once is heard at once. */
class Bus implements MbusTransport {
  readonly slaves: MbusSlave[];
  sent = 0;
  /** Bytes on their way to the master, or a loss for each answer. */
  readonly #answers: Uint8Array[] = [];
  readonly #damage: (answer: Uint8Array) => Uint8Array | undefined;

  constructor(
    meters: readonly Meter[],
    damage: (answer: Uint8Array) => Uint8Array | undefined = (answer) => answer,
  ) {
    this.#damage = damage;
    this.slaves = meters.map(({ primary, telegrams = [energy(primary)], secret, ...address }) => {
      const meter = { ...water, type: 2, ...address };
      const security = secret ? ({ mode: 5, key } as const) : ({ mode: 0 } as const);
      return new MbusSlave({ meter, primaryAddress: primary, telegrams: () => telegrams, security });
    });
  }

  send(bytes: Uint8Array): void {
    this.sent++;
    const frame = wiredFrames(bytes)[0]!;
    const answers = this.slaves.flatMap((slave) => slave.receive(frame) ?? []);
    if (answers.length === 0) return;
    // a zero pulls the line, whoever sends it
    const length = Math.max(...answers.map((answer) => answer.length));
    const heard = Uint8Array.from({ length }, (_, i) =>
      answers.reduce((all, answer) => all & (answer[i] ?? 0xff), 0xff),
    );
    const damaged = this.#damage(heard);
    if (damaged === undefined) return;
    this.#answers.push(damaged.subarray(0, 3), ...(damaged.length > 3 ? [damaged.subarray(3)] : []));
  }

  receive(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#answers.shift());
  }
}

const ids = (found: readonly { readonly meter: MbusAddress | undefined }[]): unknown[] =>
  found.map(({ meter }) => meter?.id).sort();

test('initialise and read one meter', async () => {
  const bus = new Bus([{ primary: 5 }]);
  const master = new MbusMaster(bus);
  expect([await master.initialise(5), await master.initialise(6)]).toEqual([true, false]);
  const [telegram] = await master.readout(5);
  expect([telegram!.meter!.id, numberOf(telegram!.records[0]!)]).toEqual(['26000417', 5000]);
  await expect(master.readout(6)).rejects.toMatchObject({ code: 'MBUS_TIMEOUT' });
});

test('all telegrams of a readout, each once, whatever is lost', async () => {
  const telegrams = [1, 2, 3, 4, 5].map(energy);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('good', 'lost', 'damaged'), { maxLength: 24 }),
      async (fates) => {
        let next = 0;
        let bad = 0;
        const bus = new Bus([{ primary: 1, telegrams }], (answer) => {
          // at most two faults in a row: the third attempt is the last
          const fate = bad < 2 ? (fates[next++] ?? 'good') : 'good';
          bad = fate === 'good' ? 0 : bad + 1;
          if (fate === 'lost') return undefined;
          return fate === 'damaged'
            ? answer.map((byte, i) => (i === answer.length - 2 ? byte ^ 0xff : byte))
            : answer;
        });
        const read = await new MbusMaster(bus).readout(1);
        expect(read.map(({ records }) => numberOf(records[0]!))).toEqual([1000, 2000, 3000, 4000, 5000]);
      },
    ),
  );
});

test('a meter that always says that more follows is stopped', async () => {
  const bus = new Bus([{ primary: 1, telegrams: Array.from({ length: 60 }, () => energy(1)) }]);
  expect(await new MbusMaster(bus, { maxTelegrams: 4 }).readout(1)).toHaveLength(4);
});

describe('searching', () => {
  test('by primary address; two meters at one address are told as a collision', async () => {
    const bus = new Bus([
      { primary: 1 },
      { primary: 4, id: '00000004' },
      { primary: 7, id: '12345678' },
      { primary: 7, id: '23456789' },
    ]);
    const master = new MbusMaster(bus);
    const found = await master.searchPrimary(0, 10);
    expect(found.map(({ primary, meter }) => [primary, meter?.id])).toEqual([
      [1, '26000417'],
      [4, '00000004'],
      [7, undefined],
    ]);
    await expect(master.readout(7)).rejects.toMatchObject({ code: 'MBUS_COLLISION' });
  });

  test('by secondary address finds every meter', async () => {
    const digits = fc.uniqueArray(fc.nat(99_999_999), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(digits, async (numbers) => {
        const meters = numbers.map((number) => ({ primary: 0, id: String(number).padStart(8, '0') }));
        const bus = new Bus(meters);
        const { found, unresolved } = await new MbusMaster(bus, {
          retries: 0,
          thorough: true,
        }).searchSecondary();
        expect([ids(found), unresolved]).toEqual([meters.map(({ id }) => id).sort(), []]);
      }),
      { numRuns: 25 },
    );
  });

  test('meters with one number cannot be told apart by it', async () => {
    const bus = new Bus([{ primary: 0 }, { primary: 0, manufacturer: 'ABC' }]);
    const master = new MbusMaster(bus);
    expect(await master.searchSecondary({ id: '2600041f' })).toEqual({
      found: [],
      unresolved: [{ id: '26000417' }],
    });
    expect(ids((await master.searchSecondary({ manufacturer: 'ABC' })).found)).toEqual(['26000417']);
  });

  test('a search is bounded, and says what it did not look at', async () => {
    const bus = new Bus([
      { primary: 0, id: '11111111' },
      { primary: 0, id: '11111112' },
    ]);
    const { found, unresolved } = await new MbusMaster(bus, {
      maxSelections: 3,
      retries: 0,
    }).searchSecondary();
    expect([found, unresolved.length > 0]).toEqual([[], true]);
  });

  test('a meter whose telegrams are encrypted is found by its header', async () => {
    const bus = new Bus([{ primary: 3, secret: true }]);
    const { found } = await new MbusMaster(bus).searchSecondary();
    expect(ids(found)).toEqual(['26000417']);
    const read = await new MbusMaster(bus, { decode: { key } }).readoutOf(found[0]!.mask!);
    expect(numberOf(read[0]!.records[0]!)).toBe(3000);
  });
});

test('read by secondary address', async () => {
  const bus = new Bus([{ primary: 0 }, { primary: 0, id: '26000418', telegrams: [energy(1), energy(2)] }]);
  const master = new MbusMaster(bus);
  const read = await master.readoutOf({ id: '26000418' });
  expect(read.map(({ records }) => numberOf(records[0]!))).toEqual([1000, 2000]);
  expect(bus.slaves.map(({ selected }) => selected)).toEqual([false, true]);
  await expect(master.readoutOf({ id: '99999999' })).rejects.toMatchObject({ code: 'MBUS_TIMEOUT' });
});

test('speed, application reset and a new address', async () => {
  const bus = new Bus([{ primary: 2 }]);
  const master = new MbusMaster(bus);
  await master.setBaud(2, 9600);
  expect(bus.slaves[0]!.baud).toBe(9600);
  await master.resetApplication(2, 0x10);
  await master.send(2, 0x51, encodeRecords([{ quantity: 'bus-address', field: 'int8', value: 77 }]));
  expect(bus.slaves[0]!.primaryAddress).toBe(77);
  expect(await master.readout(77)).toHaveLength(1);
  await expect(master.setBaud(2, 9600)).rejects.toMatchObject({ code: 'MBUS_TIMEOUT' });
  await expect(master.setBaud(77, 1234 as never)).rejects.toMatchObject({ code: 'MBUS_NOT_ENCODABLE' });
});

test('an application error is raised; an answer of another kind, too', async () => {
  const answer = (bytes: Uint8Array): MbusTransport => {
    const answers: Uint8Array[] = [];
    return { send: () => void answers.push(bytes), receive: () => Promise.resolve(answers.shift()) };
  };
  const refusal = encodeWiredFrame({
    kind: 'long',
    control: 8,
    address: 1,
    ci: 0x70,
    data: Uint8Array.of(8),
  });
  await expect(new MbusMaster(answer(refusal)).readout(1)).rejects.toMatchObject({
    code: 'MBUS_APPLICATION_ERROR',
  });
  const ack = encodeWiredFrame({ kind: 'ack' });
  await expect(new MbusMaster(answer(ack)).readout(1)).rejects.toMatchObject({ code: 'MBUS_UNEXPECTED' });
});

test('masks', () => {
  const any = fc.record({
    id: fc.nat(99_999_999).map((number) => String(number).padStart(8, '0')),
    manufacturer: fc.constantFrom('OAM', 'ABC', 'ZZZ'),
    version: fc.nat(254),
    type: fc.nat(254),
  });
  fc.assert(
    fc.property(any, fc.nat(7), any, (meter, at, other) => {
      const id = `${meter.id.slice(0, at)}f${meter.id.slice(at + 1)}`;
      expect(maskMatches(maskBytes({}), meter)).toBe(true);
      expect(maskMatches(maskBytes({ ...meter, id }), meter)).toBe(true);
      const same = JSON.stringify(meter) === JSON.stringify(other);
      expect(maskMatches(maskBytes(other), meter)).toBe(same);
    }),
  );
});

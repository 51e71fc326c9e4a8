import { Reason } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, fixture, message, nowMs, nowS } from '../helpers/fixture.ts';

const quarter = nowS - (nowS % 900);
const http = { source: 'http' } as const;

describe('readings', () => {
  test('become counts of their channel, in one commit with their frame', async () => {
    const { ingest, sink } = fixture();
    const payload = message('OA1', quarter - 1800, [0.12, null, 0.2]);
    const receipt = await ingest.accept({ ...http, payload });
    expect(receipt).toEqual({
      ...{ messages: 1, accepted: 2, rejected: [], rejectedTotal: 0, rejectedCut: 0 },
      ...{ unregistered: 0, missing: 1, events: 0 },
    });
    expect(sink.rows()).toEqual([
      [1, quarter - 1800, 120, 0],
      [1, quarter, 200, 0],
    ]);
    expect(sink.frames).toEqual([
      { ...http, receivedMs: nowMs, device: 'OA1', meter: 10, payload, accepted: 2, outcome: 'OK' },
    ]);
    expect(sink.commits).toBe(1);
  });

  test('are found by any address and any spelling; registers and intervals are told apart', async () => {
    const { ingest, sink } = fixture();
    for (const quantity of ['1-0:1.8.0*255', '1.8.0', 'import', '0100010800FF']) {
      await ingest.accept({ ...http, payload: message('alias-1', quarter, [1], { quantity }) });
    }
    const register = { quantity: '1.8.0', unit: 'Wh', readings: [[quarter + 1, 123456]] };
    await ingest.accept({ ...http, payload: bytes(JSON.stringify({ meter: 'OA1', series: [register] })) });
    expect(sink.rows().map(([id, , value]) => [id, value])).toEqual([
      [1, 1000],
      [1, 1000],
      [1, 1000],
      [1, 1000],
      [3, 123456],
    ]);
  });

  test.each([
    ['READING_FUTURE', 'OA1', quarter + 900, 1, {}],
    ['READING_BEFORE_INSTALLATION', 'OA1', quarter - 86_400 * 31, 1, {}],
    ['READING_AFTER_REMOVAL', 'OA2', quarter, 1, {}],
    ['READING_INTERVAL_MISMATCH', 'OA1', quarter, 1, { interval: 1800 }],
    ['READING_WRONG_UNIT', 'OA1', quarter, 1, { unit: 'm3' }],
    ['READING_WRONG_UNIT', 'OA1', quarter, 1, { unit: 'bananas' }],
    ['READING_NEGATIVE', 'OA1', quarter, -0.001, {}],
    ['READING_TOO_LARGE', 'OA1', quarter, 1e15, {}],
    ['READING_BAD_TIME', 'OA1', -5, 1, {}],
    ['READING_FUTURE', 'OA1', 2 ** 32 - 1, 1, {}],
    ['READING_BAD_TIME', 'OA1', nowMs, 1, {}],
  ])('%s', async (code, meter, first, value, more) => {
    const { ingest, sink } = fixture();
    const receipt = await ingest.accept({ ...http, payload: message(meter, first, [value], more) });
    expect(receipt).toMatchObject({ accepted: 0, rejectedTotal: 1, rejected: [{ code, value: `${value}` }] });
    expect(sink.rejections).toHaveLength(1);
    expect(sink.frames[0]!.outcome).toBe(code);
    expect(ingest.metrics.rejectedByCode).toEqual({ [code]: 1 });
  });

  test('a net channel may be negative', async () => {
    const { ingest, sink } = fixture();
    await ingest.accept({ ...http, payload: message('OA1', quarter, [-1.5], { quantity: 'net' }) });
    expect(sink.rows()[0]).toEqual([2, quarter, -1_500_000, 0]);
  });

  test('the clock tolerance is five minutes', async () => {
    const { ingest } = fixture();
    const series = (at: number) =>
      bytes(
        JSON.stringify({ meter: 'OA1', series: [{ quantity: '1.8.0', unit: 'kWh', readings: [[at, 1]] }] }),
      );
    expect((await ingest.accept({ ...http, payload: series(nowS + 300) })).accepted).toBe(1);
    expect((await ingest.accept({ ...http, payload: series(nowS + 301) })).accepted).toBe(0);
  });

  test('late and off the grid are flagged', async () => {
    const { ingest, sink } = fixture();
    await ingest.accept({ ...http, payload: message('OA1', quarter - 86_400 * 2, [1]) });
    await ingest.accept({ ...http, payload: message('OA1', quarter - 7, [1]) });
    expect(sink.rows().map((row) => row[3])).toEqual([Reason.late, Reason.clockShift]);
    expect(ingest.metrics.late).toBe(1);
  });
});

describe('what is not registered', () => {
  test('is kept: meter or quantity', async () => {
    const { ingest, sink } = fixture();
    const receipt = await ingest.accept({ ...http, payload: message('OA9', quarter, [1, null]) });
    await ingest.accept({ ...http, payload: message('OA1', quarter, [2], { quantity: '1.8.4' }) });
    expect(receipt).toMatchObject({ accepted: 0, unregistered: 1, missing: 1 });
    expect(sink.unregistered.map(({ device, quantity, value }) => [device, quantity, value])).toEqual([
      ['OA9', '1.8.0', 1],
      ['OA1', '1.8.4', 2],
    ]);
  });
});

describe('whole messages', () => {
  test.each([
    ['PUSH_NOT_JSON', '{"meter":'],
    ['PUSH_EMPTY', ''],
    ['DEVICE_MISSING', '{"series":[]}'],
    ['PUSH_WRONG_TYPE', '[7]'],
  ])('%s is kept with its frame', async (code, text) => {
    const { ingest, sink } = fixture();
    const receipt = await ingest.accept({ ...http, payload: bytes(text) });
    expect(receipt.rejected.map((rejection) => rejection.code)).toEqual([code]);
    expect(sink.rejections[0]).toMatchObject({ code, quantity: '', end: 0 });
    expect(sink.frames[0]).toMatchObject({ outcome: code, accepted: 0 });
  });

  test('a sender reports only for whom it may', async () => {
    const { ingest, sink } = fixture();
    const input = { ...http, device: 'OA2', mayReport: (device: string) => device === 'OA2' };
    const receipt = await ingest.accept({ ...input, payload: message('OA1', quarter, [1]) });
    expect(receipt.rejected[0]!.code).toBe('DEVICE_NOT_ALLOWED');
    expect(sink.readings.length).toBe(0);
  });

  test('rejections are bounded in the store and in the receipt, and all are counted', async () => {
    const { ingest, sink } = fixture({ keptRejections: 5, receiptRejections: 3 });
    const receipt = await ingest.accept({
      ...http,
      payload: message('OA1', quarter - 90_000, new Array(50).fill(-1)),
    });
    expect(receipt.rejectedTotal).toBe(50);
    expect(receipt.rejected).toHaveLength(3);
    expect(sink.rejections.map((rejection) => rejection.code)).toEqual([
      ...new Array(5).fill('READING_NEGATIVE'),
      'REJECTIONS_CUT',
    ]);
  });

  test('events are kept; a clock that is off is reported once and flags its readings', async () => {
    const { ingest, sink } = fixture();
    const send = (aheadS: number) => {
      const series = [{ quantity: '1.8.0', unit: 'kWh', interval: 900, first: quarter, values: [1] }];
      const events = [{ code: '3.26.0.85', at: nowS - 5, detail: 'L1' }];
      const body = { meter: 'OA1', sent: nowS + aheadS, series, events };
      return ingest.accept({ ...http, payload: bytes(JSON.stringify(body)) });
    };
    await send(170);
    expect(sink.events.map(({ code, severity }) => [code, severity])).toEqual([['3.26.0.85', 'critical']]);
    await send(200);
    await send(201);
    expect(sink.events.filter((event) => event.detail === 'clock is 200 s ahead')).toHaveLength(1);
    expect(sink.events).toHaveLength(4);
    expect(sink.rows().map((row) => row[3])).toEqual([0, Reason.clockShift, Reason.clockShift]);
  });
});

test('a mistake of ours is kept as a rejection and not sent round for ever', async () => {
  const { ingest, sink, directory } = fixture();
  directory.find = () => {
    throw new TypeError('oops');
  };
  const receipt = await ingest.accept({ ...http, payload: message('OA1', quarter, [1]) });
  expect(receipt.rejected[0]).toMatchObject({ code: 'INGEST_FAULT', detail: 'oops' });
  expect(sink.frames[0]!.outcome).toBe('INGEST_FAULT');
});

describe('acknowledgement', () => {
  test('waits for the sink; a failure reaches the caller and nothing else', async () => {
    const { ingest, sink } = fixture();
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    let settled = false;
    const first = ingest.accept({ ...http, payload: message('OA1', quarter, [1]) }).finally(() => {
      settled = true;
    });
    await new Promise((done) => setTimeout(done, 30));
    expect(settled).toBe(false);
    open();
    await first;
    sink.fail = new Error('disk');
    await expect(ingest.accept({ ...http, payload: message('OA1', quarter, [1]) })).rejects.toThrow('disk');
    sink.fail = undefined;
    await ingest.accept({ ...http, payload: message('OA1', quarter, [1]) });
    expect(ingest.metrics).toMatchObject({
      accepted: 2,
      commitFailures: 1,
      inFlightMessages: 0,
      inFlightBytes: 0,
    });
  });

  test('many messages share few commits', async () => {
    const { ingest, sink } = fixture();
    const all = Array.from({ length: 500 }, (_, i) =>
      ingest.accept({ ...http, payload: message('OA1', quarter - 900 * i, [i]) }),
    );
    await Promise.all(all);
    expect(sink.commits).toBe(1);
    expect(sink.readings.length).toBe(500);
  });

  test('a full pipeline lets lanes take turns and refuses beyond its bound', async () => {
    const { ingest, sink } = fixture({ inFlightMessages: 1, waiting: 5 });
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    const send = (lane: string) => ingest.accept({ ...http, lane, payload: message(lane, quarter, [1]) });
    const lanes = ['flood', 'flood', 'flood', 'flood', 'flood', 'calm'];
    const all = lanes.map(send);
    await expect(async () => send('calm')).rejects.toMatchObject({ code: 'INGEST_BUSY' });
    open();
    await Promise.all(all);
    expect(sink.unregistered.map(({ device }) => device)).toEqual([
      ...['flood', 'flood', 'calm', 'flood', 'flood', 'flood'],
    ]);
  });

  test('those who wait hold a bounded number of bytes', async () => {
    const payload = message('OA1', quarter, [1]);
    const { ingest, sink } = fixture({ inFlightMessages: 1, waitingBytes: payload.length });
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    const inside = ingest.accept({ ...http, payload });
    const waits = ingest.accept({ ...http, payload });
    await expect(ingest.accept({ ...http, payload })).rejects.toMatchObject({ code: 'INGEST_BUSY' });
    open();
    await Promise.all([inside, waits]);
    await ingest.accept({ ...http, payload });
    expect(sink.readings.length).toBe(3);
  });

  test('what has waited is received when it is let in', async () => {
    const { ingest, sink, clock } = fixture({ inFlightMessages: 1 });
    let open!: () => void;
    sink.gate = new Promise((done) => {
      open = done;
    });
    const all = [1, 2].map((value) => ingest.accept({ ...http, payload: message('OA1', quarter, [value]) }));
    clock.advanceMs(5_000);
    open();
    await Promise.all(all);
    expect(sink.frames.map(({ receivedMs }) => receivedMs)).toEqual([nowMs, nowMs + 5_000]);
  });

  test('close stores what was taken and refuses the rest', async () => {
    const { ingest, sink } = fixture();
    const taken = ingest.accept({ ...http, payload: message('OA1', quarter, [1]) });
    await ingest.close();
    await taken;
    expect(sink.readings.length).toBe(1);
    await expect(ingest.accept({ ...http, payload: message('OA1', quarter, [1]) })).rejects.toMatchObject({
      code: 'INGEST_CLOSED',
    });
  });
});

test('series of files: one commit, refused rows told with their row', async () => {
  const { ingest, sink } = fixture();
  const row = (device: string, values: number[], ends: number[]) => ({
    ...{ device, quantity: 'import', unit: 'kWh', intervalS: 900, length: values.length },
    end: Float64Array.from(ends),
    value: Float64Array.from(values),
    quality: new Uint8Array(values.length).fill(1),
    flags: new Uint32Array(values.length).fill(Reason.manual),
  });
  const refused: [string, number][] = [];
  const series = [row('OA1', [1, -1], [quarter, quarter - 900]), row('', [2], [quarter - 7200])];
  const receipt = await ingest.acceptSeries('import', 'OA2', series, {
    receivedMs: nowMs,
    onReject: (rejection, _series, at) => refused.push([rejection.code, at]),
  });
  expect(receipt).toMatchObject({ accepted: 2, rejectedTotal: 1 });
  expect(refused).toEqual([['READING_NEGATIVE', 1]]);
  expect(sink.commits).toBe(1);
  expect(sink.rows()).toEqual([
    [1, quarter, 1000, Reason.manual],
    [4, quarter - 7200, 2000, Reason.manual],
  ]);
});

test('every reading is stored, refused, kept as unregistered or missing: as a naive model says', async () => {
  const reading = fc.record({
    device: fc.constantFrom('OA1', 'OA2', 'OA9'),
    quantity: fc.constantFrom('1.8.0', 'net', 'unknown'),
    end: fc.integer({ min: -3, max: 4 * 24 * 40 }).map((back) => quarter - back * 900),
    value: fc.oneof(
      fc.constant(null),
      fc.integer({ min: -50, max: 5_000 }).map((wh) => wh / 1000),
    ),
  });
  const naive = (all: { device: string; quantity: string; end: number; value: number | null }[]) => {
    const out = { stored: [] as string[], unregistered: 0, missing: 0, rejected: 0 };
    for (const { device, quantity, end, value } of all) {
      const id = { OA1: { '1.8.0': 1, net: 2 }, OA2: { '1.8.0': 4 } }[device]?.[quantity as '1.8.0'];
      const from = device === 'OA1' ? nowS - 86_400 * 30 : 0;
      const until = device === 'OA1' ? Number.POSITIVE_INFINITY : nowS - 3_600;
      if (value === null) out.missing += 1;
      else if (end > nowS + 300) out.rejected += 1;
      else if (id === undefined) out.unregistered += 1;
      else if (end <= from || end > until || (id !== 2 && value < 0)) out.rejected += 1;
      else out.stored.push(`${id} ${end} ${Math.round(value * (id === 2 ? 1e6 : 1e3))}`);
    }
    return out;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(reading, { maxLength: 5 }), { maxLength: 10 }), async (messages) => {
      const { ingest, sink } = fixture();
      const receipts = await Promise.all(
        messages.map((all) => {
          const parts = all.map(({ device, quantity, end, value }) => {
            const series = [{ quantity, unit: 'kWh', interval: 900, first: end, values: [value] }];
            return { meter: device, series };
          });
          return ingest.accept({ ...http, payload: bytes(JSON.stringify(parts)) });
        }),
      );
      const expected = naive(messages.flat());
      const sum = (key: 'unregistered' | 'missing' | 'rejectedTotal') =>
        receipts.reduce((total, receipt) => total + receipt[key], 0);
      expect(sink.rows().map(([id, end, value]) => `${id} ${end} ${value}`)).toEqual(expected.stored);
      expect(sink.unregistered).toHaveLength(expected.unregistered);
      expect(sum('missing')).toBe(expected.missing);
      expect(sum('rejectedTotal')).toBe(
        expected.rejected + messages.filter((all) => all.length === 0).length,
      );
    }),
    { numRuns: 150 },
  );
});

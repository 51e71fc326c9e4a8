import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AccessContext, Quality, ReadingBatch, systemAccess } from '@openami/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openReadingStore, type ReadingStore } from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, silent, TestClock } from './support.ts';

const scratch = new Scratch();
const clock = new TestClock();
const all = systemAccess;
let store: ReadingStore;

beforeAll(async () => {
  const visible = () => ({ channels: new Set([1]), meters: new Set([11]) });
  store = await openTestStore(scratch.dir(), clock, { visible });
});

afterAll(async () => {
  await store?.close();
  scratch.clean();
});

const refusal = { code: 'TOO_LARGE', detail: 'no channel holds it' };

function utc(text: string): number {
  return Date.parse(text) / 1_000;
}

function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000;
}

describe('days', () => {
  const span = { fromS: utc('2025-03-28T23:00:00Z'), toS: utc('2025-03-31T22:00:00Z') };

  it('take a daily value for the day it is of, however long that was', async () => {
    const batch = new ReadingBatch();
    // Local midnights in Berlin about both changes of the clock.
    const ends = ['2025-03-29T23:00Z', '2025-03-30T22:00Z', '2025-10-25T22:00Z', '2025-10-26T23:00Z'];
    for (const end of ends) batch.push(4, utc(end), 1, 1_000, Quality.valid, 0);
    await store.writer.commit({ readings: batch });
    const year = { fromS: utc('2024-12-31T23:00:00Z'), toS: utc('2025-12-31T23:00:00Z') };
    const channels = [{ id: 4, intervalS: 86_400 }];
    const { day } = await store.readings.daily(all, channels, 'Europe/Berlin', year);
    const dates = ['2025-03-29', '2025-03-30', '2025-10-25', '2025-10-26'];
    expect(Array.from(day)).toEqual(dates.map(dayNumber));
  });

  it('are local, by the start of the interval, with 23 hours when clocks go forward', async () => {
    const batch = new ReadingBatch();
    for (let end = span.fromS + 3_600; end <= span.toS; end += 3_600)
      batch.push(1, end, 2, 500, Quality.valid, 0);
    for (let end = span.fromS + 900; end <= span.toS; end += 900)
      batch.push(2, end, -1, 1_000, Quality.raw, 0);
    batch.push(3, span.fromS + 3_600, 0, 1_000, Quality.missing, 0);
    await store.writer.commit({ readings: batch });
    const channels = [
      { id: 1, intervalS: 3_600 },
      { id: 2, intervalS: 900 },
      { id: 3, intervalS: 3_600 },
    ];
    const days = await store.readings.daily(all, channels, 'Europe/Berlin', span);
    const seen = Array.from({ length: days.length }, (_, i) => [
      days.channel[i],
      days.day[i]! - dayNumber('2025-03-29'),
      days.count[i],
      days.total[i],
      days.max[i],
    ]);
    expect(seen).toEqual([
      [1, 0, 24, 24_000, 1_000],
      [1, 1, 23, 23_000, 1_000],
      [1, 2, 24, 24_000, 1_000],
      [2, 0, 96, -96_000, -1_000],
      [2, 1, 92, -92_000, -1_000],
      [2, 2, 96, -96_000, -1_000],
      [3, 0, 0, 0, 0],
    ]);
    expect(Array.from(days.byQuality[Quality.missing]!)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(Array.from(days.byQuality[Quality.raw]!)).toEqual([0, 0, 0, 96, 92, 96, 0]);
  });

  it('show how many readings came by the deadline', async () => {
    const from = utc('2025-06-09T22:00:00Z');
    const readings = new ReadingBatch();
    for (let i = 1; i <= 24; i++) readings.push(20, from + i * 3_600, i, 1_000, 1, 0);
    await store.writer.commit({
      readings: readings.slice(0, 20),
      receivedMs: utc('2025-06-11T03:59:59Z') * 1_000,
    });
    await store.writer.commit({
      readings: readings.slice(20),
      receivedMs: utc('2025-06-11T04:00:01Z') * 1_000,
    });
    // A correction of a reading that came in time does not make it late.
    const corrected = readings.slice(0, 1);
    corrected.value[0] = 99;
    await store.writer.commit({ readings: corrected, receivedMs: utc('2025-06-12T00:00:00Z') * 1_000 });
    const channels = [{ id: 20, intervalS: 3_600 }];
    const found = await store.readings.presence(
      all,
      channels,
      'Europe/Berlin',
      { fromS: from, toS: from + 86_400 },
      [6 * 3_600],
    );
    expect([...found.day]).toEqual([dayNumber('2025-06-10')]);
    expect([found.channels[0], found.readings[0], found.onTime[0]![0]]).toEqual([1, 24, 20]);
  });
});

describe('a short profile', () => {
  it('is what the long way gives, over corrections and the end of a year', async () => {
    const newYear = utc('2026-01-01T00:00:00Z');
    const readings = new ReadingBatch();
    for (const channel of [31, 32]) {
      for (let i = -200; i <= 200; i++) readings.push(channel, newYear + i * 900, i, 1_000, 1, 0);
    }
    await store.writer.commit({ readings });
    clock.ms += 5_000;
    const fixed = readings.slice(150, 260);
    for (let i = 0; i < fixed.length; i++) fixed.value[i] = 5_000 + i;
    await store.writer.commit({ readings: fixed });
    const far = await store.readings.profiles(all, [31, 32], { fromS: 0, toS: newYear + 1_000_000 });
    expect(far.length).toBe(802);
    for (const [from, to] of [
      [-150, 150],
      [-1, 1],
      [0, 0],
      [3, 2],
      [-200, 200],
    ] as const) {
      const span = { fromS: newYear + from * 900, toS: newYear + to * 900 };
      const near = await store.readings.profiles(all, [31, 32], span);
      const rows = Array.from(far.end.keys()).filter(
        (i) => far.end[i]! > span.fromS && far.end[i]! <= span.toS,
      );
      for (const name of ['channel', 'end', 'value', 'resolution', 'quality', 'flags', 'revision'] as const) {
        expect(Array.from(near[name]), name).toEqual(rows.map((i) => far[name][i]));
      }
    }
  });
});

describe('scope', () => {
  const theirs: AccessContext = { ...systemAccess, scope: { usagePoints: new Set([5]) } };
  const span = { fromS: 0, toS: 2_000_000_000 };

  it('is enforced where readings are read', async () => {
    expect((await store.readings.profile(theirs, 1, span)).length).toBeGreaterThan(0);
    const refused = { code: 'OUT_OF_SCOPE', status: 403 };
    await expect(store.readings.profile(theirs, 2, span)).rejects.toMatchObject(refused);
    await expect(store.readings.latest(theirs, [1, 2])).rejects.toMatchObject(refused);
    await expect(store.readings.revisions(theirs, 2, 5)).rejects.toMatchObject(refused);
    await expect(
      store.readings.daily(theirs, [{ id: 2, intervalS: 900 }], 'UTC', span),
    ).rejects.toMatchObject(refused);
    await expect(store.readings.marks(theirs)).rejects.toMatchObject(refused);
    await expect(store.readings.replaced(theirs, [2], span, { asOf: 5 })).rejects.toMatchObject(refused);
    await expect(store.evidence.frames(theirs, { meters: [12] })).rejects.toMatchObject(refused);
    await expect(store.evidence.framesIn(theirs, [12], [5])).rejects.toMatchObject(refused);
    await expect(store.evidence.rejections(theirs)).rejects.toMatchObject(refused);
    await expect(store.upkeep.counts(theirs)).rejects.toMatchObject(refused);
  });

  it('filters evidence by what may be seen', async () => {
    const frame = { receivedMs: clock.ms, source: 'http', device: 'd', accepted: 1, outcome: 'OK' } as const;
    const payload = Uint8Array.of(0, 200, 10);
    await store.writer.commit({ frames: [11, 12].map((meter) => ({ ...frame, meter, payload })) });
    expect((await store.evidence.frames(theirs)).map((found) => found.meter)).toEqual([11]);
    const both = await store.evidence.frames(all);
    expect(both.map((found) => found.meter).sort()).toEqual([11, 12]);
    expect(Array.from(both[0]!.payload)).toEqual([0, 200, 10]);
  });
});

describe('evidence', () => {
  it('of long ago is kept as long as that of today: it expires by when it was stored', async () => {
    const old = {
      receivedMs: Date.UTC(2001, 0, 1),
      source: 'import',
      device: 'd',
      accepted: 1,
      outcome: 'OK',
    } as const;
    await store.writer.commit({ frames: [{ ...old, meter: 77, payload: Uint8Array.of(1) }] });
    await store.client.command('OPTIMIZE TABLE openami.frame FINAL');
    expect((await store.evidence.frames(all, { meters: [77] })).map((frame) => frame.receivedMs)).toEqual([
      old.receivedMs,
    ]);
  });

  it('finds messages by their second: ten a meter and second, those that were taken first', async () => {
    const [first, last] = [1_700_000_100, 1_700_009_000];
    const frame = { source: 'mqtt', outcome: 'OK', payload: Uint8Array.of(1) } as const;
    const at = (meter: number, receivedMs: number, device: string, accepted = 1) => ({
      ...{ ...frame, meter, receivedMs, device, accepted },
    });
    const many = Array.from({ length: 12 }, (_, i) => at(81, last * 1_000 + i, `${i}`));
    await store.writer.commit({
      frames: [
        at(80, first * 1_000, 'refused', 0),
        at(80, first * 1_000 + 999, 'taken'),
        ...[at(80, first * 1_000 - 1, 'before'), at(82, first * 1_000, 'other'), ...many],
      ],
    });
    const found = await store.evidence.framesIn(all, [80, 81], [first, last, first + 1]);
    expect(found.slice(0, 2).map(({ device }) => device)).toEqual(['taken', 'refused']);
    expect(found[0]).toEqual({
      ...{ source: 'mqtt', device: 'taken', meter: 80 },
      receivedMs: 1_700_000_100_999,
    });
    expect(found.slice(2).map(({ meter }) => meter)).toEqual(Array(10).fill(81));
    expect(await store.evidence.framesIn(all, [80], [])).toEqual([]);
  });

  it('keeps events once, and rejections as they came', async () => {
    const event = {
      at: 1_700_000_000,
      meter: 3,
      device: 'x',
      code: '3.26.0.85',
      severity: 'critical',
      detail: 'é',
    };
    const events = [{ ...event, receivedMs: clock.ms, severity: 'critical' as const }];
    await store.writer.commit({ events });
    await store.writer.commit({ events: [{ ...events[0]!, receivedMs: clock.ms + 5 }] });
    const found = await store.evidence.events(all, { meters: [3], fromMs: clock.ms - 1, limit: 10 });
    expect(found).toEqual([{ ...events[0]!, receivedMs: clock.ms + 5 }]);
    const refused = {
      source: 'mqtt',
      device: "o'x",
      quantity: 'q',
      end: 0,
      value: 'NaN',
      code: 'C',
      detail: '\\',
    };
    await store.writer.commit({ rejections: [{ ...refused, source: 'mqtt', receivedMs: clock.ms }] });
    expect(await store.evidence.rejections(all, { device: "o'x", beforeMs: clock.ms + 1 })).toEqual([
      { ...refused, receivedMs: clock.ms },
    ]);
  });

  it('shows every rejection of a body page by page, though all came at one moment', async () => {
    const rejection = (receivedMs: number, value: number) => ({
      ...{ receivedMs, source: 'http' as const, device: 'many', quantity: '', end: 0 },
      ...{ value: String(value), code: 'X', detail: '' },
    });
    const body = Array.from({ length: 250 }, (_, i) => rejection(clock.ms, i));
    await store.writer.commit({ rejections: [...body, rejection(clock.ms - 1, 250)] });
    const seen: string[] = [];
    for (let beforeMs: number | undefined; ; ) {
      const filter = { device: 'many', limit: 100, ...(beforeMs === undefined ? {} : { beforeMs }) };
      const page = await store.evidence.rejections(all, filter);
      seen.push(...page.map(({ value }) => value));
      if (page.length < 100) break;
      beforeMs = page.at(-1)!.receivedMs;
    }
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 251 }, (_, i) => i));
  });

  it('lists unknown meters and adopts their readings', async () => {
    const reading = {
      source: 'mqtt',
      device: 'new',
      quantity: '1.8.0',
      unit: 'kWh',
      intervalS: 900,
    } as const;
    const unregistered = [1, 2, 3].map((i) => ({
      ...reading,
      receivedMs: clock.ms + i,
      end: 1_700_000_000 + i * 900,
      value: i / 10,
      quality: 1,
    }));
    await store.writer.commit({ unregistered });
    await store.writer.commit({ unregistered: unregistered.slice(0, 1) });
    const [summary] = (await store.evidence.unregistered(all, { device: 'new' })).items;
    expect(summary).toMatchObject({ quantity: '1.8.0', readings: 3, firstEnd: 1_700_000_900 });
    expect(await store.evidence.seriesOf(all, 'new', 5)).toEqual([summary]);
    expect(await store.evidence.seriesOf(all, 'newer', 5)).toEqual([]);
    const adoption = {
      ...reading,
      channel: 77,
      resolution: 100_000,
      toCount: (v: number) => Math.round(v * 10),
      refusal,
    };
    expect(await store.evidence.adopt(all, 'new', [adoption])).toBe(3);
    expect(await store.evidence.adopt(all, 'new', [adoption])).toBe(0);
    expect(await store.evidence.unregistered(all, { device: 'new' })).toEqual({
      items: [],
      next: null,
      total: 0,
      devices: 0,
    });
    const profile = await store.readings.profile(all, 77, { fromS: 0, toS: 2_000_000_000 });
    expect(Array.from(profile.value)).toEqual([1, 2, 3]);
  });

  it('pages through more unregistered devices than one answer holds, while they go on reporting', async () => {
    const devices = Array.from({ length: 2_345 }, (_, i) => `seen ${String(i).padStart(5, '0')} 'ü"`);
    const rest = {
      source: 'mqtt',
      quantity: 'q',
      unit: 'kWh',
      intervalS: 900,
      value: 1,
      quality: 1,
    } as const;
    const report = (device: string, i: number, end: number) => ({
      ...rest,
      device,
      receivedMs: clock.ms + (i % 7),
      end,
    });
    await store.writer.commit({ unregistered: devices.map((device, i) => report(device, i, 1_700_000_100)) });
    const seen: string[] = [];
    let cursor: string | undefined;
    for (;;) {
      const page = await store.evidence.unregistered(all, { limit: 500, ...(cursor ? { cursor } : {}) });
      expect(page.total).toBe(2_345);
      seen.push(...page.items.map(({ device }) => device));
      if (page.next === null) break;
      cursor = page.next;
      clock.ms += 1_000;
      const late = devices
        .slice(2_000, 2_050)
        .map((device, i) => report(device, i, 1_700_001_000 + seen.length * 900));
      await store.writer.commit({ unregistered: late });
    }
    expect(seen).toHaveLength(2_345);
    expect(new Set(seen)).toEqual(new Set(devices));
    expect(await store.evidence.unregisteredTotals(all)).toEqual({ devices: 2_345, series: 2_345 });
    const some = await store.evidence.unregistered(all, { q: devices[1_999]!.toLowerCase() });
    expect(some.items.map(({ device }) => device)).toContain(devices[1_999]);
    expect(some.total).toBe(devices.filter((device) => device.includes(devices[1_999]!)).length);
    const wrong = [
      'x',
      Buffer.from('[1,2]').toString('base64url'),
      Buffer.from('[1,-2,"","","",3]').toString('base64url'),
    ];
    for (const position of wrong) {
      await expect(store.evidence.unregistered(all, { cursor: position })).rejects.toMatchObject({
        code: 'BAD_POSITION',
      });
    }
    await store.client.command('TRUNCATE TABLE openami.unregistered_reading');
  });

  it('adopts many series of many devices at once, page by page, and leaves what is of no channel', async () => {
    const devices = ["it's", 'b\\', 'c'];
    const names = [
      ...[
        { quantity: "q'1", unit: 'kWh', intervalS: 900 },
        { quantity: "q'1", unit: 'kWh', intervalS: 0 },
      ],
      { quantity: 'q\\2\t', unit: 'm3', intervalS: 900 },
    ];
    // of the first more than a page, which ends in the middle of a series
    const perSeries = [10_500, 3, 3];
    for (const [at, device] of devices.entries()) {
      const unregistered = names.flatMap((name) =>
        Array.from({ length: perSeries[at]! }, (_, i) => ({
          ...{ source: 'mqtt' as const, receivedMs: clock.ms, quality: 1, value: i, device, ...name },
          end: 1_600_000_000 + i * 900,
        })),
      );
      await store.writer.commit({ unregistered });
    }
    const toCount = (value: number) => value * 10;
    const adoptions = (from: number) =>
      names
        .slice(0, 2)
        .map((name, i) => ({ ...name, channel: from + i, resolution: 100_000, toCount, refusal }));
    const moved = await Promise.all(
      devices.map((device, at) => store.evidence.adopt(all, device, adoptions(200 + 10 * at))),
    );
    expect(moved).toEqual([21_000, 6, 6]);
    for (const [at, device] of devices.entries()) {
      const readings = perSeries[at]!;
      const { items } = await store.evidence.unregistered(all, { device });
      expect(items).toMatchObject([{ ...names[2], readings }]);
      for (const channel of [200 + 10 * at, 201 + 10 * at]) {
        const { value } = await store.readings.profile(all, channel, { fromS: 0, toS: 2_000_000_000 });
        expect([value.length, value[0], value.at(-1)]).toEqual([readings, 0, 10 * (readings - 1)]);
      }
      expect(await store.evidence.adopt(all, device, [])).toBe(0);
    }
    await store.client.command('TRUNCATE TABLE openami.unregistered_reading');
  });

  it('adopts the others of a device that once sent what no channel can hold, and keeps that one', async () => {
    const reading = { source: 'mqtt', device: 'odd', quantity: 'q', unit: 'kWh', intervalS: 900 } as const;
    const unregistered = [1, 1e300, 3].map((value, i) => ({
      ...{ ...reading, value, receivedMs: clock.ms, end: 1_700_000_000 + i * 900, quality: 1 },
    }));
    await store.writer.commit({ unregistered });
    const toCount = (value: number) => (value > 1e15 ? Number.NaN : value);
    const adoption = { ...reading, channel: 79, resolution: 1_000, toCount, refusal };
    expect(await store.evidence.adopt(all, 'odd', [adoption])).toBe(2);
    expect((await store.evidence.unregistered(all, { device: 'odd' })).items).toEqual([]);
    expect(await store.evidence.rejections(all, { device: 'odd' })).toEqual([
      {
        ...{ receivedMs: clock.ms, source: 'mqtt', device: 'odd', quantity: 'q' },
        ...{ end: 1_700_000_900, value: '1e+300', ...refusal },
      },
    ]);
  });

  it('adopts no reading away that comes while it adopts', async () => {
    const reading = { source: 'mqtt', device: 'busy', quantity: 'q', unit: 'kWh', intervalS: 900 } as const;
    const kept = (end: number, value: number, receivedMs: number) =>
      store.writer.commit({ unregistered: [{ ...reading, receivedMs, end, value, quality: 1 }] });
    const start = 1_700_000_000;
    // Two deliveries of one reading: the older must not come to light again when the newer is taken.
    await kept(start + 1_800, 1, clock.ms);
    await kept(start + 1_800, 2, clock.ms + 1);
    const late: Promise<unknown>[] = [];
    const adoption = {
      ...reading,
      channel: 78,
      resolution: 1_000,
      refusal,
      toCount: (value: number) => {
        // Queued before the readings under adoption: stored before they are deleted.
        if (late.length === 0)
          late.push(kept(start + 900, 3, clock.ms), kept(start + 1_800, 4, clock.ms + 2));
        return value;
      },
    };
    expect(await store.evidence.adopt(all, 'busy', [adoption])).toBe(1);
    await Promise.all(late);
    const [left] = (await store.evidence.unregistered(all, { device: 'busy' })).items;
    expect(left).toMatchObject({ readings: 2, firstEnd: start + 900, lastEnd: start + 1_800 });
    expect(await store.evidence.adopt(all, 'busy', [adoption])).toBe(2);
    expect((await store.evidence.unregistered(all, { device: 'busy' })).items).toEqual([]);
    const profile = await store.readings.profile(all, 78, { fromS: 0, toS: 2_000_000_000 });
    expect(Array.from(profile.value)).toEqual([3, 4]);
  });
});

describe('backup and restore', () => {
  it('moves everything known at the start into an empty store, while readings come in', async () => {
    const source = await openTestStore(scratch.dir(), clock);
    const batch = new ReadingBatch();
    for (let c = 1; c <= 20; c++) {
      for (let i = 1; i <= 2_000; i++) batch.push(c, 1_700_000_000 + i * 3_600, c * i, 1_000, 1, 0);
    }
    await source.writer.commit({ readings: batch });
    clock.ms += 10_000;
    const fixed = batch.slice(0, 500);
    for (let i = 0; i < 500; i++) fixed.value[i] = -i;
    await source.writer.commit({ readings: fixed });
    const frame = { source: 'http', device: 'd', meter: 1, accepted: 1, outcome: 'OK' } as const;
    await source.writer.commit({
      frames: [{ ...frame, receivedMs: clock.ms - 1, payload: Uint8Array.of(255) }],
    });
    clock.ms += 10_000;
    const span = { fromS: 0, toS: 2_000_000_000 };
    const asked = Array.from({ length: 20 }, (_, i) => i + 1);
    const before = await source.readings.profiles(all, asked, span);
    const horizon = source.writer.horizon();
    const dir = join(scratch.dir(), 'backup');
    const backup = source.backup(dir);
    clock.ms += 10_000;
    const later = batch.slice(1_000, 3_000);
    for (let i = 0; i < later.length; i++) later.value[i] = 7_000_000 + i;
    await source.writer.commit({ readings: later });
    const manifest = await backup;
    expect(manifest.rows).toMatchObject({ reading_history: expect.any(Number), frame: 1 });
    const target = await openTestStore(scratch.dir(), clock);
    await target.restore(dir);
    const known = await target.readings.profiles(all, asked, span, { asOf: horizon });
    expect(known).toEqual(before);
    expect((await target.readings.revisions(all, 1, batch.end[3]!)).length).toBe(2);
    await expect(target.restore(dir)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' });
    const file = join(dir, readdirSync(dir).find((name) => name.endsWith('.gz'))!);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(target.restore(dir)).rejects.toMatchObject({ code: 'BACKUP_INVALID' });
    const empty = join(scratch.dir(), 'none');
    mkdirSync(empty);
    await expect(target.restore(empty)).rejects.toMatchObject({ code: 'BACKUP_INVALID' });
    await source.close();
    await target.close();
  }, 60_000);
});

describe('a server by its URL', () => {
  it('is used like the embedded engine', async () => {
    const url = new URL(store.engine.url);
    url.username = store.engine.username;
    url.password = store.engine.password;
    const remote = await openReadingStore({ url: url.toString(), clock, log: silent });
    expect(remote.engine.status().kind).toBe('remote');
    const readings = new ReadingBatch();
    readings.push(900, 1_700_000_000, 5, 1, 1, 0);
    await remote.writer.commit({ readings });
    expect(Array.from((await store.readings.latest(all, [900])).value)).toEqual([5]);
    await remote.close();
  });
});

describe('retention', () => {
  it('drops whole years and what is left before the limit, readings and history alike', async () => {
    const other = await openTestStore(scratch.dir(), clock);
    const readings = new ReadingBatch();
    for (const month of ['2022-05', '2023-12', '2024-01', '2024-02', '2024-03']) {
      readings.push(1, utc(`${month}-15T00:00:00Z`), 1, 1, 1, 0);
    }
    await other.writer.commit({ readings });
    readings.value.fill(2);
    await other.writer.commit({ readings });
    const limitS = utc('2024-02-15T00:00:00Z');
    expect(await other.upkeep.dropBefore(all, limitS)).toBeGreaterThanOrEqual(8);
    expect(await other.upkeep.dropBefore(all, limitS)).toBe(0);
    const left = await other.readings.profile(all, 1, { fromS: 0, toS: 2_000_000_000 });
    expect(Array.from(left.end)).toEqual([utc('2024-03-15T00:00:00Z')]);
    expect((await other.readings.revisions(all, 1, utc('2024-01-15T00:00:00Z'))).length).toBe(0);
    expect((await other.readings.revisions(all, 1, utc('2024-03-15T00:00:00Z'))).length).toBe(2);
    await other.close();
  });
});

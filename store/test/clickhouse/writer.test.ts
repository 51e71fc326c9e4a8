import { Quality, ReadingBatch, Reason, systemAccess } from '@openami/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readingStoreErrors } from '../../src/clickhouse/errors.ts';
import { openReadingStore, type ReadingStore } from '../../src/clickhouse/index.ts';
import { openTestStore, Scratch, silent, TestClock } from './support.ts';

const scratch = new Scratch();
const clock = new TestClock();
let store: ReadingStore;

beforeAll(async () => {
  store = await openTestStore(scratch.dir(), clock);
});

afterAll(async () => {
  await store?.close();
  scratch.clean();
});

interface Version {
  value: number;
  quality: number;
  revision: number;
}

/** The naive model: every version of every reading, oldest first, decided one by one. */
class NaiveStore {
  readonly versions = new Map<string, Version[]>();
  repeats = 0;

  put(channel: number, end: number, value: number, quality: number, now: number): void {
    const key = `${channel}/${end}`;
    const list = this.versions.get(key) ?? [];
    const last = list.at(-1);
    const measures = quality === Quality.raw || quality === Quality.valid;
    const putAside = last?.quality === Quality.estimated || last?.quality === Quality.edited;
    // What was last measured, where an estimate or an edit stands in its place; else what holds.
    const known = putAside ? list.findLast((version) => version.quality < Quality.verified) : last;
    if (last && (isSame(last, value, quality) || (measures && known?.value === value))) {
      this.repeats++;
      return;
    }
    const revision = Math.max(now, last ? last.revision + 1 : 0);
    list.push({ value, quality, revision });
    if (measures && last?.quality === Quality.edited) list.push({ ...last, revision: revision + 1 });
    this.versions.set(key, list);
  }
}

function isSame(version: Version, value: number, quality: number): boolean {
  return version.value === value && version.quality === quality;
}

const start = 1_700_000_000;
const row = fc.record({
  channel: fc.integer({ min: 0, max: 3 }),
  slot: fc.integer({ min: 1, max: 12 }),
  value: fc.constantFrom(0, 1, -1, 2 ** 40, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  quality: fc.constantFrom(1, 2, 3, 4, 5, 6),
});
const step = fc.record({
  /** Commits handed in at once: they may share a group. */
  commits: fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
  passS: fc.integer({ min: 0, max: 3 }),
});

describe('ReadingWriter', () => {
  it('keeps what a naive model keeps: repeated, reordered, late, corrected readings', async () => {
    let base = 1_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        base += 10;
        const naive = new NaiveStore();
        const before = store.writer.stats();
        for (const { commits, passS } of steps) {
          clock.ms += passS * 1_000;
          const now = Math.floor(clock.ms / 1_000);
          await Promise.all(
            commits.map(async (rows) => {
              const batch = new ReadingBatch(rows.length);
              for (const { channel, slot, value, quality } of rows) {
                batch.push(base + channel, start + slot * 900, value, 1_000, quality, 0);
                naive.put(base + channel, start + slot * 900, value, quality, now);
              }
              await store.writer.commit({ readings: batch });
            }),
          );
        }
        expect(store.writer.stats().repeats - before.repeats).toBe(naive.repeats);
        const channels = [base, base + 1, base + 2, base + 3];
        const span = { fromS: start, toS: start + 100_000 };
        expect(asRows(await store.readings.profiles(systemAccess, channels, span))).toEqual(
          expected(naive, Number.POSITIVE_INFINITY),
        );
        const revisions = [...naive.versions.values()].flat().map((version) => version.revision);
        for (const asOf of new Set(revisions.slice(0, 4))) {
          const found = await store.readings.profiles(systemAccess, channels, span, { asOf });
          expect(asRows(found)).toEqual(expected(naive, asOf));
        }
        for (const [key, versions] of [...naive.versions].slice(0, 3)) {
          const [channel, end] = key.split('/').map(Number);
          const all = await store.readings.revisions(systemAccess, channel!, end!);
          expect(Array.from(all.value)).toEqual(versions.map((version) => version.value));
          expect(Array.from(all.revision)).toEqual(versions.map((version) => version.revision));
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it('refuses what a column cannot hold, and only that commit', async () => {
    const bad = new ReadingBatch();
    bad.push(7, start, 0.5, 1_000, 1, 0);
    const good = new ReadingBatch();
    good.push(7, start, 5, 1_000, 1, 0);
    const [refused, stored] = await Promise.allSettled([
      store.writer.commit({ readings: bad }),
      store.writer.commit({ readings: good }),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'BAD_READING', fault: 'caller' } });
    expect(stored.status).toBe('fulfilled');
    const { value } = await store.readings.latest(systemAccess, [7]);
    expect(Array.from(value)).toEqual([5]);
  });

  it('does not let the word that nothing came take away what is there', async () => {
    const one = (value: number, quality: number) => {
      const batch = new ReadingBatch(1);
      batch.push(4_000_001, start + 900, value, 1_000, quality, 0);
      return store.writer.commit({ readings: batch });
    };
    expect(await one(0, 9)).toMatchObject({ stored: 1 });
    expect(await one(7, 1)).toMatchObject({ stored: 1, corrections: 1 });
    expect(await one(0, 9)).toMatchObject({ stored: 0, repeats: 1 });
    const span = { fromS: start, toS: start + 900 };
    const found = await store.readings.profile(systemAccess, 4_000_001, span);
    expect([...found.value, ...found.quality]).toEqual([7, 1]);
  });

  it('takes a repeat that came late for a repeat, and a new reason about the value for a correction', async () => {
    const commit = (flags: number) => {
      const readings = new ReadingBatch();
      readings.push(9, start, 5, 1_000, 1, flags);
      return store.writer.commit({ readings });
    };
    const before = store.writer.stats();
    for (const flags of [0, Reason.late, Reason.late | Reason.duplicate, Reason.powerFail])
      await commit(flags);
    const after = store.writer.stats();
    expect(after.repeats - before.repeats).toBe(2);
    expect(after.corrections - before.corrections).toBe(1);
  });

  it('knows repeats across a restart', async () => {
    const dir = scratch.dir();
    const batch = new ReadingBatch();
    for (let i = 0; i < 500; i++) batch.push(1 + (i % 5), start + i * 900, i, 1_000, 1, 0);
    const first = await openTestStore(dir, clock);
    await first.writer.commit({ readings: batch });
    await first.close();
    const second = await openTestStore(dir, clock);
    await second.writer.commit({ readings: batch });
    expect(second.writer.stats()).toMatchObject({ stored: 0, repeats: 500, corrections: 0 });
    await second.close();
  });

  it('finds scattered late readings and corrections among many', async () => {
    const channels = 300;
    const full = new ReadingBatch();
    for (let c = 0; c < channels; c++) {
      for (let i = 1; i <= 400; i++) full.push(50_000 + c, start + i * 900, i, 1_000, 1, 0);
    }
    await store.writer.commit({ readings: full });
    const before = store.writer.stats();
    const scattered = new ReadingBatch();
    for (let c = 0; c < channels; c++) {
      const end = start + (1 + ((c * 7_919) % 399)) * 900;
      // A third each: a correction, a repeat, a late reading between two others.
      if (c % 3 === 0) scattered.push(50_000 + c, end, -1, 1_000, 1, 0);
      if (c % 3 === 1) scattered.push(50_000 + c, end, (end - start) / 900, 1_000, 1, 0);
      if (c % 3 === 2) scattered.push(50_000 + c, end + 1, 7, 1_000, 1, 0);
    }
    await store.writer.commit({ readings: scattered });
    const after = store.writer.stats();
    expect(after.corrections - before.corrections).toBe(100);
    expect(after.repeats - before.repeats).toBe(100);
    expect(after.stored - before.stored).toBe(200);
  });

  it('refuses more than its queue holds and goes on with what it has', async () => {
    const dir = scratch.dir();
    const small = await openTestStore(dir, clock, { limits: { queueRows: 1_000 } });
    const commits = Array.from({ length: 30 }, (_, c) => {
      const batch = new ReadingBatch();
      for (let i = 0; i < 100; i++) batch.push(c, start + i * 900, i, 1_000, 1, 0);
      return small.writer.commit({ readings: batch });
    });
    const results = await Promise.allSettled(commits);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBe(20);
    expect(refused[0]).toMatchObject({ reason: { code: 'QUEUE_FULL', status: 503 } });
    expect((await small.upkeep.counts(systemAccess)).readings).toBe(1_000);
    expect(small.writer.stats()).toMatchObject({ queuedRows: 0, queuedBytes: 0 });
    await small.close();
    await expect(small.writer.commit({})).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  });

  it('has a horizon behind everything under way', async () => {
    const now = Math.floor(clock.ms / 1_000);
    expect(store.writer.horizon()).toBe(now - 1);
    const batch = new ReadingBatch();
    batch.push(9, start, 1, 1_000, 1, 0);
    const done = store.writer.commit({ readings: batch });
    clock.ms += 10_000;
    expect(store.writer.horizon()).toBe(now - 1);
    // As soon as its caller is told, whatever the writer still has to tidy up.
    let atResolve = 0;
    await done.then(() => {
      atResolve = store.writer.horizon();
    });
    expect(atResolve).toBe(now + 9);
  });

  it('asks before every block whether it may write, and acknowledges nothing when it may not', async () => {
    const fenced = await openTestStore(scratch.dir(), clock);
    const batch = new ReadingBatch();
    batch.push(5, start, 1, 1_000, 1, 0);
    let asked = 0;
    // The first question is the commit's own; the second comes right before the block goes out.
    fenced.writer.fence(() => {
      if (asked++ > 0) throw readingStoreErrors.STORE_CLOSED();
    });
    await expect(fenced.writer.commit({ readings: batch })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    expect(asked).toBe(2);
    fenced.writer.fence(() => {});
    expect((await fenced.readings.profile(systemAccess, 5, { fromS: 0, toS: start })).length).toBe(0);
    expect(await fenced.writer.commit({ readings: batch })).toMatchObject({ stored: 1 });
    await fenced.close();
  });
});

describe('a stand-by', () => {
  it('keeps what it replaces of what others wrote while it waited for its turn', async () => {
    const first = await openTestStore(scratch.dir(), clock);
    const url = new URL(first.engine.url);
    url.username = first.engine.username;
    url.password = first.engine.password;
    const options = { url: url.toString(), clock, log: silent };
    const standBy = await openReadingStore({ ...options, fenced: true });
    const reading = (value: number) => {
      const batch = new ReadingBatch();
      batch.push(8, start, value, 1_000, 1, 0);
      return { readings: batch };
    };
    await first.writer.commit(reading(1));
    standBy.writer.fence(() => {});
    clock.ms += 1_000;
    expect(await standBy.writer.commit(reading(2))).toEqual({
      stored: 1,
      corrections: 1,
      repeats: 0,
      stale: 0,
    });
    const versions = await standBy.readings.revisions(systemAccess, 8, start);
    expect(Array.from(versions.value)).toEqual([1, 2]);
    // And back: the first has its turn again, and knows nothing of the other's yet.
    first.writer.fence(() => {});
    clock.ms += 1_000;
    expect(await first.writer.commit(reading(2))).toMatchObject({ repeats: 1 });
    await standBy.close();
    await first.close();
  });
});

function asRows(found: Awaited<ReturnType<ReadingStore['readings']['profiles']>>): number[][] {
  return Array.from({ length: found.length }, (_, i) => [
    found.channel[i]!,
    found.end[i]!,
    found.value[i]!,
    found.quality[i]!,
    found.revision[i]!,
  ]);
}

function expected(naive: NaiveStore, asOf: number): number[][] {
  const rows: number[][] = [];
  for (const [key, versions] of naive.versions) {
    const [channel, end] = key.split('/').map(Number);
    const version = versions.filter(({ revision }) => revision <= asOf).at(-1);
    if (version) rows.push([channel!, end!, version.value, version.quality, version.revision]);
  }
  return rows.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
}

/** Who is heard, by which ways, in bounded memory. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HeardBook, type HeardMeter, heardName } from '../../src/index.ts';
import { meter } from './telegrams.ts';

const events = fc.array(
  fc.record({ number: fc.nat(20), gateway: fc.nat(6), rssi: fc.option(fc.integer({ min: -120, max: -30 })) }),
  { maxLength: 200 },
);

it('counts telegrams and paths, forgets who was heard longest ago, and is the same after a restart', () => {
  fc.assert(
    fc.property(events, (heard) => {
      const limits = { meters: 8, paths: 3 };
      const book = new HeardBook(limits);
      let atMs = 0;
      for (const { number, gateway, rssi } of heard) {
        atMs += 1_000;
        book.path(meter(number), `g${gateway}`, atMs, { rssiDbm: rssi });
        book.telegram(meter(number), atMs, 'plain', '');
      }
      const all = [...book.all()];
      expect(all.length).toBeLessThanOrEqual(limits.meters);
      const last = [...new Set(heard.map(({ number }) => number).reverse())].slice(0, limits.meters);
      expect(all.map(({ name }) => name)).toEqual(last.map((number) => heardName(meter(number))));
      for (const one of all) checkPaths(one, limits.paths);
      const again = new HeardBook(limits);
      again.restore([...all].reverse());
      const rounded = (meters: readonly HeardMeter[]) =>
        JSON.stringify(meters, (_, value) => (typeof value === 'number' ? Number(value.toFixed(6)) : value));
      if (heard.every(({ rssi }) => rssi !== null)) expect(rounded([...again.all()])).toBe(rounded(all));
      else expect([...again.all()].map(({ name }) => name)).toEqual(all.map(({ name }) => name));
    }),
  );
});

function checkPaths({ paths }: HeardMeter, most: number): void {
  expect(paths.length).toBeLessThanOrEqual(most);
  for (const { rssiMin, rssiMean, rssiMax, telegrams } of paths) {
    expect(telegrams).toBeGreaterThan(0);
    if (rssiMean === null) continue;
    expect(rssiMin!).toBeLessThanOrEqual(rssiMean + 1e-9);
    expect(rssiMean).toBeLessThanOrEqual(rssiMax! + 1e-9);
  }
}

it('tells what changed once, and how often a meter sends', () => {
  const book = new HeardBook();
  for (let i = 0; i < 10; i++) book.telegram(meter(1), i * 16_000, 'no-key', 'MBUS_NO_KEY');
  expect(book.takeChanged()).toMatchObject([
    { name: 'OAM-10000001', telegrams: 10, everyS: 16, state: 'no-key', code: 'MBUS_NO_KEY', type: 7 },
  ]);
  expect(book.takeChanged()).toEqual([]);
});

it('forgets no meter that a key opened for the sake of made-up ones', () => {
  const book = new HeardBook({ meters: 10 });
  book.telegram(meter(1), 0, 'no-key', 'MBUS_NO_KEY');
  book.telegram(meter(1), 1_000, 'decrypted', '');
  for (let i = 2; i < 1_000; i++) book.telegram(meter(i), i * 1_000, 'plain', '');
  expect(book.size).toBe(11);
  expect(book.get('OAM-10000001')).toMatchObject({ telegrams: 2 });
  book.telegram(meter(1), 1_000_000, 'plain', '');
  expect([book.isOurs('OAM-10000001'), book.isOurs('OAM-10000999')]).toEqual([true, false]);
  book.telegram(meter(1), 1_001_000, 'decrypted', '');
  const again = new HeardBook({ meters: 10 });
  again.restore([...book.all()].reverse());
  again.telegram(meter(2_000), 2_000_000, 'plain', '');
  expect(again.get('OAM-10000001')).toMatchObject({ telegrams: 4 });
});

it('tells again what could not be kept', () => {
  const book = new HeardBook();
  book.telegram(meter(1), 0, 'plain', '');
  const taken = book.takeChanged();
  book.telegram(meter(1), 1_000, 'plain', '');
  book.putBack(taken);
  expect(book.takeChanged()).toMatchObject([{ telegrams: 2 }]);
});

it('knows version and type as the last telegram says them', () => {
  const book = new HeardBook();
  book.telegram(meter(1, { type: 4 }), 0, 'unreadable', 'MBUS_CHECKSUM');
  book.telegram(meter(1), 1_000, 'plain', '');
  expect(book.get('OAM-10000001')?.type).toBe(7);
});

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

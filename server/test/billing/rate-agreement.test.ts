import { emptyState, readTariff } from '@openami/billing';
import { parseDay, zoneTable } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { rateAgreement, tariffPieces } from '../../src/services/billing/rate-agreement.ts';
import { unstored } from '../../src/services/billing/test-bill.ts';

const zone = zoneTable('Europe/Berlin');
const [first, end] = [parseDay('2026-12-01'), parseDay('2027-01-01')];
const window = { fromS: zone.dayStart(first), toS: zone.dayStart(end) };

/** A tariff that asks for 120 EUR a year at least. */
const yearly = (id: string, price: string) => ({
  ...{ id, commodity: 'electricity', currency: 'EUR' },
  versions: [
    {
      charges: [
        { id: 'use', kind: 'energy', price },
        { id: 'least', kind: 'minimum', per: 'year', amount: '120' },
      ],
    },
  ],
});

describe('a bill under two tariffs', () => {
  it('looks at the minimum of the year once, when the cycle ends', () => {
    const documents = [yearly('old', '0.2'), yearly('new', '0.3')];
    const tariffs = new Map(documents.map((one) => [one.id, unstored(one)]));
    const agreement = {
      zone: 'Europe/Berlin',
      tariffs: [
        { tariff: 'old', validFrom: '2026-01-01', validUntil: '2026-12-16', persons: 1 },
        { tariff: 'new', validFrom: '2026-12-16', validUntil: null, persons: 1 },
      ],
    };
    const { pieces } = tariffPieces(agreement, window, tariffs);
    const counts = new Float64Array(31 * 24).fill(1_000_000);
    const { digits } = readTariff(documents[0]).versions[0]!;
    const bill = (paid: bigint) =>
      rateAgreement({
        ...{ zone: agreement.zone, cycle: { from: first, to: end }, pieces },
        usage: { import: [{ startS: window.fromS, intervalS: 3_600, step: 1, counts }] },
        carryIn: { ...emptyState, digits, yearToDate: { least: paid * 10n ** BigInt(digits) } },
      });
    const minimaOf = (paid: bigint) =>
      bill(paid).parts.map(({ rated }) => rated.lines.filter(({ kind }) => kind === 'minimum').length);
    // 72.00 and 115.20 of December come to more than 120 with any month before
    expect(minimaOf(300n)).toEqual([0, 0]);
    expect(minimaOf(0n)).toEqual([0, 0]);
    expect(minimaOf(-200n)).toEqual([0, 1]);
    expect(bill(300n).parts.map(({ endsCycle }) => endsCycle)).toEqual([false, true]);
  });
});

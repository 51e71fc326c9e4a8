/** A bill out of thin air: a tariff, a month of usage, and all that its document is written from. */
import { billView, emptyState, periodMapsOf, rateCycle, readTariff, stateData } from '@openami/billing';
import { billingMonthOf, DAY_S, parseDay, zoneTable } from '@openami/model';
import type { BillPaper, BillSummary } from '@openami/store';
import { sumOf } from '../../../src/services/billing/amounts.ts';
import type { BillContent } from '../../../src/services/billing/content.ts';
import { dailyUsage, priceSchedule } from '../../../src/services/billing/document/daily-usage.ts';
import { type DocumentFacts, unsetSettings } from '../../../src/services/billing/document/facts.ts';

export interface Sample {
  readonly currency?: string;
  readonly zone?: string;
  readonly from?: string;
  /** Wh of an hour; null for none. */
  readonly use?: (hour: number) => number | null;
  readonly isEstimated?: (hour: number) => boolean;
  readonly bill?: Partial<BillSummary>;
  readonly paper?: Partial<BillPaper>;
  readonly facts?: Partial<DocumentFacts>;
  readonly tariff?: object;
}

/** Names in Greek letters: whatever else is Latin comes from the document itself. */
export const sampleTariff = {
  ...{ id: 'ΤΙΜ-1', name: 'Νυχτερινό', commodity: 'electricity' },
  versions: [
    {
      effectiveFrom: '2026-01-01',
      calendar: {
        schedules: [
          {
            id: 's',
            rows: [
              {
                days: ['weekday'],
                hours: [
                  { from: '08:00', to: '20:00', period: '1' },
                  { from: '20:00', to: '08:00', period: '2' },
                ],
              },
              { days: ['weekend'], period: '2' },
            ],
          },
        ],
      },
      charges: [
        { id: 'a', name: 'Πάγιο', kind: 'fixed', price: '9.90', per: 'month' },
        {
          ...{ id: 'b', name: 'Ενέργεια', kind: 'energy', schedule: 's', tiers: [{ upTo: 100 }, {}] },
          prices: { 1: ['0.3042', '0.35'], 2: ['0.20', '0.25'] },
        },
        { id: 'c', name: 'Ισχύς', kind: 'demand', windowMinutes: 60, price: '2.50' },
        { id: 'd', name: 'Τέλος', kind: 'rider', price: '-0.0123' },
        { id: 'e', name: 'Φόρος', kind: 'tax', percent: '19.5' },
      ],
    },
  ],
} as const;

const perUnit = 1_000_000;

/** A bill of a month, rated as any other. */
export function sampleFacts(sample: Sample = {}): DocumentFacts {
  const { currency = 'EUR', zone = 'Europe/Athens', from = '2026-03-01' } = sample;
  const { use = (hour) => 300 + ((hour * 137) % 900), isEstimated = () => false } = sample;
  const tariff = readTariff({ ...(sample.tariff ?? sampleTariff), id: 'T1', currency });
  const clock = zoneTable(zone);
  const cycle = billingMonthOf(parseDay(from), 1);
  const [fromS, toS] = [clock.dayStart(cycle.from), clock.dayStart(cycle.to)];
  const hours = (toS - fromS) / 3_600;
  const counts = Float64Array.from({ length: hours }, (_, hour) => use(hour) ?? Number.NaN);
  const estimated = Uint8Array.from({ length: hours }, (_, hour) => (isEstimated(hour) ? 1 : 0));
  const segment = { startS: fromS, intervalS: 3_600, step: 1_000, counts, estimated };
  const rated = rateCycle({ tariff, usage: { perUnit, import: [segment] }, zone }, { cycle });
  const view = billView(rated);
  const sum = counts.reduce((all, one) => all + (Number.isNaN(one) ? 0 : one), 0);
  const guessed = counts.reduce((all, one, i) => all + (estimated[i] ? one : 0), 0);
  const content: BillContent = {
    ...{ format: 1, month: 2026 * 12 + 2, zone, source: 'intervals', carryIn: stateData(emptyState) },
    parts: rated.parts.map(({ days, cycleDays, determinants }) => ({
      ...{ tariff: 'T1', number: 1, days, cycleDays, endsCycle: true, persons: 1, determinants },
    })),
    channels: { import: [], export: [], reactive: [] },
    ...{ lines: view.lines, earned: [], credits: null },
  };
  const versions = rated.parts.map(({ version }) => version);
  const bill: BillSummary = {
    ...{ id: 4711, runId: 1, kind: 'bill', state: 'issued', accountId: 1, agreementId: 1, usagePointId: 1 },
    ...{ account: '100200', customer: 'Μαρία', agreement: '55', usagePoint: '77', commodity: 'electricity' },
    ...{ tariff: 'T1', fromS, toS, cycleFrom: from, cycleTo: '', total: view.total, currency, before: null },
    ...{ prepaid: false, due: view.total },
    ...{ usage: String(sum / 1_000), unit: 'kWh', estimatedShare: sum === 0 ? 0 : guessed / sum, holds: [] },
    ...{
      replaces: null,
      replacedBy: null,
      affectedBy: null,
      changedReadings: 0,
      releaseReason: '',
      releasedBy: '',
      releasedAt: null,
      reason: '',
      revision: 0,
      createdBy: '',
      decidedBy: '',
    },
    ...{ createdAt: new Date((toS + DAY_S) * 1_000), issuedAt: new Date((toS + 2 * DAY_S) * 1_000) },
    ...sample.bill,
  };
  const paper: BillPaper = {
    ...{ billId: 4711, customer: 'Μαρία', language: '', zone, registers: [] },
    place: { addressLines: ['Οδός 5'], postcode: '10431', locality: 'Αθήνα', country: 'GR' },
    meters: [{ serial: '0815', fromS: 1_600_000_000, untilS: null }],
    last: {
      ...{ id: 4000, fromS: fromS - 28 * DAY_S, toS: fromS, total: '99.10', currency },
      ...{ usage: '400', unit: 'kWh' },
    },
    yearAgo: null,
    ...sample.paper,
  };
  return withDue({
    ...{ bill, content, versions, tariffNames: versions.map(() => sampleTariff.name), paper },
    settings: {
      ...unsetSettings,
      seller: { ...unsetSettings.seller, name: 'ΔΕΗ', address: ['Πλατεία 1'], phone: '+30 210' },
      carbon: [
        { commodity: 'electricity', from: '2026-01-01', year: 2025, gramsPerUnit: '363', source: 'ΑΔΜΗΕ' },
      ],
    },
    usage: dailyUsage(
      [segment],
      rated.parts.map(({ version, determinants }) => ({
        ...{ fromS: determinants.fromS, toS: determinants.toS },
        map: periodMapsOf(version, determinants, zone)[priceSchedule(version)]!,
      })),
      clock,
    ),
    ...{ registers: [], entries: [], change: undefined },
    ...sample.facts,
  });
}

/** Facts with what is to be paid as the registry has it, given total, prepay and entries. */
export function withDue(facts: DocumentFacts): DocumentFacts {
  const { bill, entries } = facts;
  const owed = bill.prepaid ? bill.total!.replace(/[1-9]/g, '0').replace('-', '') : bill.total!;
  return { ...facts, bill: { ...bill, due: sumOf([owed, ...entries.map(({ amount }) => amount)]) } };
}

/** The tariff in sentences, and its prices as a table for each version that the bill was made with. */
import {
  type CompiledCharge,
  type CompiledDemand,
  type CompiledEnergy,
  type CompiledVersion,
  scaledText,
} from '@openami/billing';
import { priceSchedule } from './daily-usage.ts';
import type { DocumentFacts } from './facts.ts';
import type { Block, Row, Table } from './view.ts';
import type { Words } from './words/words.ts';

/** Rows of a price table beyond which it is left to the tariff's own page: a bill is read, not searched. */
const mostPrices = 40;

export function tariffBlocks({ versions, tariffNames }: DocumentFacts, words: Words): Block[] {
  if (versions.length === 0) return [];
  const blocks: Block[] = [{ kind: 'heading', text: words.say('sectionTariff') }];
  const told = new Set<CompiledVersion>();
  for (const [i, version] of versions.entries()) {
    if (told.has(version)) continue;
    told.add(version);
    blocks.push({ kind: 'text', text: sentence(version, tariffNames[i]!, words) });
    const table = priceTable(version, words);
    if (table.rows.length > 0 && table.rows.length <= mostPrices) blocks.push(table);
  }
  return blocks;
}

function sentence(version: CompiledVersion, tariff: string, words: Words): string {
  const { charges, needs, netMetering } = version;
  const schedule = priceSchedule(version);
  const tiers = Math.max(0, ...charges.map((charge) => (charge.kind === 'energy' ? charge.tiers.length : 0)));
  const fedIn = netMetering !== undefined || charges.some((one) => 'flow' in one && one.flow === 'export');
  return [
    schedule === 0
      ? words.say('tariffFlat', { tariff })
      : words.say('tariffPeriods', { tariff, count: needs.schedules[schedule]!.periods.length }),
    tiers > 1 ? words.say('tariffTiers', { count: tiers }) : '',
    charges.some(({ kind }) => kind === 'demand') ? words.say('tariffDemand') : '',
    charges.some(({ kind }) => kind === 'dynamic') ? words.say('tariffDynamic') : '',
    fedIn ? words.say('tariffFedIn') : '',
  ]
    .filter((text) => text !== '')
    .join(' ');
}

function priceTable(version: CompiledVersion, words: Words): Table {
  const { fromDay } = version;
  const starts = Number.isFinite(fromDay) && fromDay > 0;
  return {
    kind: 'table',
    caption: starts
      ? words.say('pricesCaption', { from: words.day(fromDay) })
      : words.say('pricesCaptionAlways'),
    columns: [
      { text: words.say('columnCharge'), numeric: false, share: 0.6 },
      { text: words.say('columnPrice'), numeric: true, share: 0.4 },
    ],
    rows: version.charges.flatMap((charge) => priceRows(charge, version, words)),
  };
}

function priceRows(charge: CompiledCharge, version: CompiledVersion, words: Words): Row[] {
  const { currency, unit, priceDigits } = version;
  const row = (price: string, detail = ''): Row => ({ sort: 'plain', detail, cells: [charge.name, price] });
  const money = (price: bigint, per: string) =>
    `${words.money(scaledText(price, priceDigits, 0), currency)} ${per}`;
  const perUnit = (of: string) => words.say('perUnit', { unit: of === 'm3' ? 'm³' : of });
  const perSpan = { day: 'perDay', month: 'perMonth', year: 'perYear' } as const;
  switch (charge.kind) {
    case 'fixed':
      return [row(money(charge.price, words.say(perSpan[charge.per])))];
    case 'energy':
      return tableRows(charge, version, words, (price) => money(price, perUnit(unit)), row);
    case 'demand':
      return tableRows(charge, version, words, (price) => money(price, perUnit(charge.unit)), row);
    case 'rebate':
      return [row(money(charge.price, perUnit(unit)))];
    case 'percent':
    case 'tax': {
      const { n, d } = charge.percent;
      return [row(words.percent(String(Number(n) / Number(d) / 100)))];
    }
    case 'rider': {
      const [first] = charge.prices;
      // one that changes from month to month is on the bill with the price of its month
      if (first === undefined || charge.prices.some((price) => price !== first)) return [];
      return [row(money(first, perUnit(charge.demand >= 0 ? 'kW' : unit)))];
    }
    default:
      return [];
  }
}

/** A row for each price that there is, of period and tier. */
function tableRows(
  charge: CompiledEnergy | CompiledDemand,
  { needs }: CompiledVersion,
  words: Words,
  priceText: (price: bigint) => string,
  row: (price: string, detail?: string) => Row,
): Row[] {
  const names = needs.schedules[charge.schedule]!.periods;
  return charge.prices.flatMap((prices, period) =>
    (prices ?? []).map((price, tier) => {
      const where = [
        charge.schedule === 0 ? '' : words.say('chargePeriod', { period: names[period]! }),
        charge.tiers.length === 1 ? '' : words.say('chargeTier', { tier: words.number(tier + 1) }),
        'flow' in charge && charge.flow === 'export' ? words.say('chargeFedIn') : '',
      ];
      return row(priceText(price), where.filter((text) => text !== '').join(', '));
    }),
  );
}

/** A tariff being written: what the server is asked about it, and where its faults stand. Pure. */
import type { TariffFaultItem } from '@openami/server/contract';
import { type Data, isData } from './data.ts';
import type { Place, ReadText } from './places.ts';

/** Names in the order in which a person reads them; others follow by the alphabet. */
const order = [
  ...['effectiveFrom', 'effectiveTo', 'id', 'name', 'kind', 'commodity', 'unit', 'currency', 'zone'],
  ...['calendar', 'seasons', 'holidays', 'observed', 'schedules', 'schedule', 'days', 'from', 'to', 'hours'],
  ...['price', 'prices', 'tiers', 'per', 'period', 'charges', 'netMetering', 'rounding', 'versions'],
];

/** The same with its names in a readable order: a store keeps none. */
export function readable(document: Data): Data {
  return inOrder(document) as Data;
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isData(value)) return value;
  const place = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = Object.keys(value).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, inOrder(value[name])]));
}

/** The tariff with this version alone. */
export function documentWith(head: Data, version: Data): Data {
  return { ...head, versions: [version] };
}

/** The same as if it had always been in force: a test bill is of a month that is over. */
export function alwaysInForce(document: Data): Data {
  const versions = Array.isArray(document.versions) ? document.versions : [];
  const last: unknown = versions.at(-1);
  if (!isData(last)) return document;
  const { effectiveFrom: _from, effectiveTo: _to, ...rest } = last;
  return { ...document, versions: [rest] };
}

/**
 * Faults with their lines. Where only a version is written, paths of the server begin with `versions[0].`,
 * which is not in the text.
 */
export function placesOf(faults: readonly TariffFaultItem[], text: ReadText, versionOnly: boolean): Place[] {
  return faults.map(({ path, message }) => {
    const own = versionOnly ? path.replace(/^versions\[\d+\]\.?/, '') : path;
    return { path: own, message, line: text.lineOf(own) };
  });
}

/** What a new tariff begins with: small, right, and with one of each thing most tariffs need. */
export const firstTariff: Data = {
  id: 'home-tou',
  name: 'Home, two periods',
  commodity: 'electricity',
  currency: 'EUR',
  versions: [
    {
      calendar: {
        schedules: [
          {
            id: 'tou',
            rows: [
              {
                days: ['weekday'],
                hours: [
                  { from: '00:00', to: '07:00', period: 'off-peak' },
                  { from: '07:00', to: '21:00', period: 'peak' },
                  { from: '21:00', to: '24:00', period: 'off-peak' },
                ],
              },
              { days: ['weekend', 'holiday'], period: 'off-peak' },
            ],
          },
        ],
      },
      charges: [
        { id: 'base', name: 'Base price', kind: 'fixed', price: '9.50', per: 'month' },
        {
          id: 'energy',
          name: 'Energy',
          kind: 'energy',
          schedule: 'tou',
          prices: { peak: '0.32', 'off-peak': '0.24' },
        },
        { id: 'vat', name: 'Value added tax', kind: 'tax', percent: '19' },
      ],
    },
  ],
};

/** What a model adds to the message that the head-end stores: values that no record of a known meaning holds. */
import {
  formatObis,
  formatReadingType,
  type MbusMeaning,
  meaningOfMbus,
  obisOfReadingType,
  Quality,
} from '@openami/model';
import { mediumName } from '../mbus/address.ts';
import { type ToPushOptions, toPush } from '../mbus/push.ts';
import { secondsOfTime } from '../mbus/record/time.ts';
import { fbVifs, fdVifs, primaryVifs } from '../mbus/record/vif-table.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import type { FlatValue } from '../mbus/values.ts';
import type { DecodedSeries, PushMessage } from '../push/message.ts';
import type { ApplyOptions, CompiledModel } from './compile.ts';
import { throughDiehl } from './decoders/index.ts';
import type { Field } from './model.ts';
import { endingOf, factorsOf } from './units.ts';

/**
 * The telegram as a message: what its records say, and what the model's fields say that carry a `quantity`
 * and come from elsewhere. Values of the past are of the end of the day that `at` names; without a day they
 * are left out.
 */
export function modelToPush(
  sent: MbusTelegram,
  model: CompiledModel | undefined,
  options: ToPushOptions & ApplyOptions,
): PushMessage {
  const telegram = throughDiehl(sent);
  const message = toPush(telegram, options);
  if (model === undefined) return message;
  // never what is no value
  const values = model.valuesOf(sent, { ...options, asSent: false });
  const device = typeof values.id === 'string' ? values.id : message.device;
  const have = new Set(message.series.map(({ quantity }) => quantity));
  const series = [...message.series];
  for (const field of model.fields) {
    const more = seriesOf(field, values, telegram.meter?.type ?? 0, model.model.media, options);
    if (more === undefined || have.has(more.quantity)) continue;
    series.push(more);
  }
  return { ...message, device, series };
}

/** Device types by their words: models and decoders know better than some meters say. */
const typesOfMedia: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 64 }, (_, type) => [mediumName(type), type] as const).reverse(),
);

function seriesOf(
  field: Field,
  values: Readonly<Record<string, FlatValue>>,
  type: number,
  media: string | undefined,
  { receivedS, offsetS = 0 }: ToPushOptions,
): DecodedSeries | undefined {
  const { quantity, name, at } = field;
  if (quantity === undefined || field.record !== undefined) return undefined;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const saidMedia = media ?? String(values.media);
  const meaning = meaningOf(quantity, typesOfMedia.get(saidMedia) ?? type);
  if (typeof value !== 'number' || meaning === undefined) return undefined;
  const endS = at === undefined ? receivedS : secondsOf(values[at], offsetS);
  const usual = inUnitOf(value, name, meaning);
  if (endS === undefined || usual === undefined) return undefined;
  const obis = obisOfReadingType(meaning.readingType);
  return {
    quantity: obis === undefined ? formatReadingType(meaning.readingType) : formatObis(obis),
    unit: meaning.unit.symbol,
    intervalS: 0,
    end: Float64Array.of(endS),
    value: Float64Array.of(usual),
    quality: Uint8Array.of(Quality.raw),
    length: 1,
  };
}

const tables = { primary: primaryVifs, fb: fbVifs, fd: fdVifs } as const;

/** The first row of the tables for a quantity, which stands for all of its units. */
function meaningOf(quantity: string, medium: number): MbusMeaning | undefined {
  for (const table of ['primary', 'fb', 'fd'] as const) {
    const row = tables[table].find(([, , name]) => name === quantity);
    if (row === undefined) continue;
    return meaningOfMbus({ medium, table, vif: row[0], function: 0, tariff: 0, storage: 0 });
  }
  return undefined;
}

/** From the unit of the name to that of the reading. */
function inUnitOf(value: number, name: string, { unit }: MbusMeaning): number | undefined {
  const factors = factorsOf(unit.symbol, endingOf(name));
  return factors === undefined ? undefined : (value * factors.divide) / factors.times;
}

const DAY_S = 86_400;

/** The end of a day, or a moment, of the meter's clock. */
function secondsOf(text: FlatValue | undefined, offsetS: number): number | undefined {
  const parts = typeof text === 'string' ? /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d))?/.exec(text) : null;
  if (parts === null) return undefined;
  const [year, month, day, hour = 0, minute = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const time = { year: year!, month: month!, day: day!, hour, minute, second: 0, summerTime: false };
  const seconds = secondsOfTime({ type: 'I', ...time, valid: true }, offsetS);
  return seconds === undefined || parts[4] !== undefined ? seconds : seconds + DAY_S;
}

/** What a model adds to the message that the head-end stores: values that no record of a known kind holds. */
import { type MbusMeaning, meaningOfMbus, Quality } from '@openami/model';
import { mediumName } from '../mbus/address.ts';
import { quantityOfMeaning, type ToPushOptions, toPush } from '../mbus/push.ts';
import { secondsOfTime } from '../mbus/record/time.ts';
import { fbVifs, fdVifs, primaryVifs } from '../mbus/record/vif-table.ts';
import type { MbusTelegram } from '../mbus/telegram.ts';
import type { FlatValue } from '../mbus/values.ts';
import type { PushMessage } from '../push/message.ts';
import { addRegister, type RegisterReading, sortedSeries } from '../push/registers.ts';
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
  const telegram = throughDiehl(sent, options.key);
  const message = toPush(telegram, options);
  if (model === undefined) return message;
  // never what is no value
  const values = model.valuesOf(telegram, { ...options, asSent: false });
  const device = typeof values.id === 'string' ? values.id : message.device;
  const type = typesOfMedia.get(model.model.media ?? String(values.media)) ?? telegram.meter?.type ?? 0;
  const said = new Set(message.series.map(({ quantity }) => quantity));
  const added = new Map<string, RegisterReading[]>();
  for (const field of model.fields) {
    const reading = readingOf(field, values, type, options);
    // what a record says is better known
    if (reading !== undefined && !said.has(reading.quantity)) addRegister(added, reading);
  }
  return { ...message, device, series: [...message.series, ...sortedSeries(added)] };
}

/** Device types by their words: models and decoders know better than some meters say. */
const typesOfMedia: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 64 }, (_, type) => [mediumName(type), type] as const).reverse(),
);

function readingOf(
  { quantity, name, at, record }: Field,
  values: Readonly<Record<string, FlatValue>>,
  type: number,
  { receivedS, offsetS = 0 }: ToPushOptions,
): RegisterReading | undefined {
  if (quantity === undefined || record !== undefined) return undefined;
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const meaning = meaningOf(quantity, type);
  if (typeof value !== 'number' || meaning === undefined) return undefined;
  const endS = at === undefined ? receivedS : secondsOf(values[at], offsetS);
  const usual = inUnitOf(value, name, meaning);
  if (endS === undefined || usual === undefined) return undefined;
  const of = quantityOfMeaning(meaning);
  return { quantity: of, unit: meaning.unit.symbol, endS, value: usual, quality: Quality.raw };
}

const tables = [
  ['primary', primaryVifs],
  ['fb', fbVifs],
  ['fd', fdVifs],
] as const;

/** The first row of the tables for a quantity, which stands for all of its units. */
function meaningOf(quantity: string, medium: number): MbusMeaning | undefined {
  for (const [table, rows] of tables) {
    const row = rows.find(([, , name]) => name === quantity);
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

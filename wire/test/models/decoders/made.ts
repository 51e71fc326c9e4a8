/** Telegrams in makers' own formats, of meters, values and keys of our own making. */
import { linkAddressBytes, type MbusAddress } from '../../../src/mbus/address.ts';
import { AesKey, accessIv, decodeWmbus, type MbusKey, type MbusTelegram } from '../../../src/mbus/index.ts';
import { diehlSeeds, diehlStream } from '../../../src/models/decoders/diehl.ts';
import { decoders, throughDiehl } from '../../../src/models/decoders/index.ts';
import { proprietaryInput } from '../../../src/models/decoders/input.ts';

export const le = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);

export const bcd = (value: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => {
    const pair = Math.floor(value / 100 ** i) % 100;
    return Math.floor(pair / 10) * 16 + (pair % 10);
  });

export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

export const textOf = ({ year, month, day }: Day): string =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

/** Day, month and years since 2000 one after the other. */
export const packed = ({ year, month, day }: Day): number => day | (month << 5) | ((year - 2000) << 9);

/** Type G of the standard. */
export const typeG = ({ year, month, day }: Day): number[] => {
  const short = year % 100;
  return [day | ((short & 7) << 5), month | ((short & 0x78) << 1)];
};

/** A wireless telegram of `rest` behind a CI, without CRCs. */
export function frame(link: MbusAddress, ci: number, rest: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0x44, ...linkAddressBytes(link), ci, ...rest];
  return Uint8Array.from([body.length, ...body]);
}

/** The same with a short header. */
export function headed(
  link: MbusAddress,
  rest: readonly number[],
  { access = 0x21, status = 0, configuration = 0 } = {},
): Uint8Array<ArrayBuffer> {
  return frame(link, 0x7a, [access, status, ...le(configuration, 2), ...rest]);
}

export function telegramOf(bytes: Uint8Array, key?: MbusKey): MbusTelegram {
  return throughDiehl(decodeWmbus(bytes, { partial: true, format: 'none', key }), key);
}

export function valuesBy(name: string, bytes: Uint8Array, key?: MbusKey, asSent?: boolean) {
  return decoders[name]!(proprietaryInput(telegramOf(bytes, key), { key, asSent }));
}

export const meter = (manufacturer: string, version: number, type: number, id = '31415926'): MbusAddress => ({
  manufacturer,
  id,
  version,
  type,
});

/** PRIOS: four bytes plain, the rest hidden. */
export function prios(
  link: MbusAddress,
  ci: number,
  head: readonly number[],
  content: readonly number[],
  key?: MbusKey,
): Uint8Array {
  const seed = diehlSeeds(link, ci, Uint8Array.from(head), key?.folded).at(-1)!;
  return frame(link, ci, [...head, ...diehlStream(seed, Uint8Array.from([0x4b, ...content]))]);
}

/** Records of Diehl, hidden; the sum is in the configuration field. */
export function hiddenRecords(link: MbusAddress, records: readonly number[], key?: MbusKey): Uint8Array {
  const sum = records.reduce((total, byte) => total + byte, 0);
  const head = [0x37, 0x00, 0x45, 0x10 | (sum & 0xef)];
  const seed = diehlSeeds(link, 0x7a, Uint8Array.from(head), key?.folded)[0]!;
  return frame(link, 0x7a, [...head, ...diehlStream(seed, Uint8Array.from(records))]);
}

export const na1Key = new AesKey(Uint8Array.from({ length: 16 }, (_, i) => 0x61 + i));

export interface Na1 {
  readonly volume: number;
  readonly step: 0 | 1 | 2 | 3;
  readonly seconds: number;
  readonly ageH: number;
  readonly less: number;
  readonly now: number;
  readonly ever: number;
}

export function na1(of: Na1, link = meter('APA', 0x14, 0x07), key = na1Key): Uint8Array {
  const access = 0x5a;
  const block = Uint8Array.from([
    0,
    (of.volume & 15) | (of.step << 4),
    ...le(Math.floor(of.volume / 16), 3),
    ...le(of.seconds - Date.UTC(2000, 0, 1) / 1000, 4),
    of.ageH & 0xff,
    ((of.ageH >> 8) << 2) | (of.less & 3),
    ...le(of.less >> 2, 3),
    of.now,
    of.ever,
  ]);
  key.encryptCbc(accessIv(link, access), block, 0, 16);
  return frame(link, 0xa0, [access, 0x41, ...block]);
}

/** Qundis: a table in a record of plain bytes, and a time after it. */
export function walkBy(
  vif: number,
  values: readonly number[],
  days: readonly Day[],
  deltas: readonly number[],
) {
  const [total = 0, year = 0, month = 0] = values;
  const [error = [0xff, 0xff], yearDay = [], monthDay = []] = [undefined, ...days.map(typeG)];
  const table = [
    ...[0x00, 0x82, 0x11, 0x00, 0x00, 0x7f, 0x00, 0x07, 0xc1, vif, ...error],
    ...[...bcd(total, 4), ...yearDay, ...bcd(year, 4), ...monthDay, ...bcd(month, 4)],
    ...deltas.flatMap((delta) => le(delta, 2)),
    0x2f,
  ];
  return [0x0d, 0xff, 0x5f, table.length, ...table, 0x04, 0x6d, 0x0f, 0x0c, 0x21, 0x33];
}

/** How many recorded telegrams decode to what their origin says, and which do not and why. */
import { bytesOfHex } from '../../src/bytes.ts';
import {
  decodeMbus,
  decodeMbusLine,
  decodeRecords,
  decodeWmbusLine,
  Formats,
  fullOfCompact,
  learnFormatFrame,
  MbusLineState,
  type MbusRecord,
  numberOf,
  scaled,
  textOfTime,
} from '../../src/mbus/index.ts';
import { frameNames, frameText, specExamples, type WirelessVector, wirelessVectors } from './vectors.ts';

export interface Score {
  readonly set: string;
  readonly total: number;
  readonly passed: number;
  readonly notes: readonly string[];
}

/** Why a vector does not agree, by the beginning of its note: what its origin says otherwise than its bytes. */
const reasons: Readonly<Record<string, string>> = {
  'landis+gyr_ultraheat_t230: record 32: --01-01T00:00:00, not 2027-01-01T00:00:00Z':
    'the sample is wrong: a date of every year, printed as one of 2027',
  'bfw240radio 00707076: not found':
    "tables of the maker's own where records should be, which happen to be taken for records; the model reads them",
  'c5isf 32002044: not found: max_power_last_month_kw 9':
    'the sample is wrong: a VIFE (per month) read as if it were not there',
  'em24 66666666: not found':
    'the sample is wrong: a VIFE, a correction by 10^-1, read as if it were not there',
  'qwater 60113189: not found: volume_flow_m3h 0':
    'the sample is wrong: how long a limit was passed, printed as a flow',
  'hydrus 60904720: id 4720068b':
    'a maker that puts version and type in front of the number; the model knows',
  'kamwater 23813076: CRC of the compact frame':
    'the sample is wrong: the values were changed and the CRC of the full frame was not',
  'lansenrp 00035946: media unidirectional repeater, not reserved':
    'the sample is wrong: it has no word for a device type that the standard names',
};

function reasonOf(note: string): string {
  const known = Object.entries(reasons).find(([start]) => note.startsWith(start));
  return known?.[1] ?? 'not known why';
}

/** Scores of all sets below `folder`. */
export function scoreVectors(folder: string): Score[] {
  const root = folder.endsWith('/') ? folder : `${folder}/`;
  return [
    score('EN 13757-2/-3 frames, all values', frameNames(root, 'test-frames'), (name) =>
      frameFault(root, name),
    ),
    score('malformed frames refused', frameNames(root, 'error-frames'), (name) => errorFault(root, name)),
    wirelessScore(wirelessVectors(root)),
    score('examples of the standards', specExamples(root), exampleFault, ({ id }) => id),
  ];
}

function score<T>(
  set: string,
  cases: readonly T[],
  faultOf: (of: T) => string | undefined,
  name: (of: T) => string = String,
): Score {
  const notes: string[] = [];
  for (const one of cases) {
    const fault = faultOf(one);
    if (fault === undefined) continue;
    const note = `${name(one)}: ${fault}`;
    notes.push(`${note} (${reasonOf(note)})`);
  }
  return { set, total: cases.length, passed: cases.length - notes.length, notes };
}

const near = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));

const tag = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}>([\\s\\S]*?)</${name}>`).exec(text)?.[1]?.trim();

const functions: Readonly<Record<string, string>> = {
  'Instantaneous value': 'instantaneous',
  'Maximum value': 'maximum',
  'Minimum value': 'minimum',
  'Value during error state': 'error',
};

function frameFault(root: string, name: string): string | undefined {
  const xml = frameText(root, `test-frames/${name}.norm.xml`) ?? frameText(root, `test-frames/${name}.xml`)!;
  let telegram: ReturnType<typeof decodeMbus>[number];
  try {
    telegram = decodeMbus(bytesOfHex(frameText(root, `test-frames/${name}.hex`)!.trim())!)[0]!;
  } catch (error) {
    return String(error);
  }
  const header: [string, unknown][] = [
    ['Id', telegram.meter?.id],
    ['Manufacturer', telegram.meter?.manufacturer],
    ['Version', telegram.meter?.version],
    ['AccessNumber', telegram.accessNumber],
    ['Status', telegram.status?.toString(16).padStart(2, '0').toUpperCase()],
  ];
  for (const [field, have] of header) {
    const want = tag(xml, field);
    // the origin leaves out zeros in front of a number
    if (
      want !== undefined &&
      String(have)
        .toLowerCase()
        .replace(/^0+(?=.)/, '') !== want.toLowerCase().replace(/^0+(?=.)/, '')
    ) {
      return `${field} ${String(have)}, not ${want}`;
    }
  }
  const wanted = [...xml.matchAll(/<DataRecord[\s\S]*?<\/DataRecord>/g)].map(([text]) => text);
  let next = 0;
  for (const text of wanted) {
    const kind = tag(text, 'Function')!;
    if (kind === 'Manufacturer specific' || kind === 'More records follow') continue;
    const record = telegram.records[next++];
    if (record === undefined) return `record ${next - 1} is missing`;
    const fault = recordFault(record, text, kind);
    if (fault !== undefined) return `record ${next - 1}: ${fault}`;
  }
  return next === telegram.records.length ? undefined : `${telegram.records.length} records, not ${next}`;
}

/** Base units that the origin's normalised values are in. */
const normal: Readonly<Record<string, number>> = { min: 60, h: 3600, d: 86_400, 'm3/min': 60 };

function recordFault(record: MbusRecord, text: string, kind: string): string | undefined {
  const { head, time } = record;
  const pairs: [string, unknown, string | undefined][] = [
    ['function', head.function, functions[kind]],
    ['storage', head.storage, tag(text, 'StorageNumber')],
    ['tariff', head.tariff, tag(text, 'Tariff')],
    ['device', head.subunit, tag(text, 'Device')],
  ];
  for (const [field, have, want] of pairs) {
    if (want !== undefined && String(have) !== want) return `${field} ${String(have)}, not ${want}`;
  }
  const want = tag(text, 'Value') ?? '';
  // the origin adds up digits that are none, and prints nothing for a VIF of no table
  if (want === '' || (record.flaw === 'invalid' && record.text !== undefined)) return undefined;
  // it does not know VIFEs that make a time of a value, and has one text for all times that are not valid
  if (time !== undefined && head.modifiers.some((name) => /^(?:begin|end)-/.test(name))) return undefined;
  if (time !== undefined && !time.valid && want.startsWith('1900-01-00')) return undefined;
  if (time !== undefined) {
    const have = textOfTime(time) ?? '';
    return have.slice(0, 19) === want.replace('Z', '').slice(0, 19) ? undefined : `${have}, not ${want}`;
  }
  const number = Number(want);
  if (!Number.isNaN(number)) {
    const have = numberAs(record);
    return have !== undefined && near(have, number) ? undefined : `${have} ${head.unit}, not ${want}`;
  }
  const bytes = Array.from(record.data.slice(head.coding === 'variable' ? 1 : 0), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const hexes = [bytes.join(' '), bytes.toReversed().join(' ')];
  const same = record.text?.trim() === want.trim() || hexes.includes(want.toLowerCase());
  return same ? undefined : `${record.text ?? hexes[0]}, not ${want}`;
}

function numberAs(record: MbusRecord): number | undefined {
  const value = scaled(record) ?? (record.text === undefined ? undefined : Number(record.text));
  return value === undefined ? undefined : value * (normal[record.head.unit] ?? 1);
}

function errorFault(root: string, name: string): string | undefined {
  const decoded = decodeMbusLine({ hex: frameText(root, `error-frames/${name}.hex`)!.trim() });
  const { code } = (decoded.error ?? {}) as { code?: string };
  if (code === 'INTERNAL') return 'an error that is not ours';
  const reports = frameText(root, `error-frames/${name}.xml`) !== undefined;
  if (reports) return decoded.content === 'application-error' ? undefined : 'no application error';
  return decoded.ok ? 'was taken' : undefined;
}

/** Lines of one run share what they learn: a compact frame may follow a full one of another line. */
function wirelessScore(vectors: readonly WirelessVector[]): Score {
  const state = new MbusLineState();
  const set = 'wireless telegrams, every number of a record';
  return score(set, vectors, (vector) => wirelessFault(vector, state), nameOfVector);
}

const nameOfVector = ({ driver, id }: WirelessVector): string => `${driver} ${id}`;

interface JsonRecord {
  readonly head: string;
  readonly profile?: { readonly values: readonly unknown[] };
  readonly quantity: string;
  readonly unit?: string;
  readonly value: unknown;
}

/** What the suffix of a name says of its unit: factors to it from units of records. */
const suffixes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  m3: { m3: 1 },
  kwh: { Wh: 1e-3, J: 1 / 3.6e6, varh: 1e-3 },
  kvarh: { varh: 1e-3, Wh: 1e-3 },
  kvah: { VAh: 1e-3 },
  kw: { W: 1e-3, 'J/h': 1 / 3.6e6, VA: 1e-3, var: 1e-3 },
  kvar: { var: 1e-3, W: 1e-3 },
  kva: { VA: 1e-3, W: 1e-3 },
  c: { degC: 1, K: 1 },
  m3h: { 'm3/h': 1, 'm3/min': 60, 'm3/s': 3600 },
  v: { V: 1 },
  a: { A: 1 },
  hz: { Hz: 1 },
  hca: { hca: 1 },
  bar: { bar: 1 },
  rh: { '%': 1 },
  h: { h: 1, d: 24, min: 1 / 60, s: 1 / 3600 },
  s: { s: 1, min: 60, h: 3600, d: 86_400 },
  y: { d: 1 / 365.2425, h: 1 / 8765.82 },
};

/**
 * Every expected number that a record can hold is the value of one, in the unit of its name. Names of
 * what only makers know (a CI of their own, plain text, what is computed) cannot be reached this way.
 */
function wirelessFault(vector: WirelessVector, state: MbusLineState): string | undefined {
  const { telegram_hex: hex, key, expected } = vector;
  const telegrams = [hex].flat().map((one) => decodeWmbusLine({ hex: one, key }, state));
  const bad = telegrams.find(({ ok }) => !ok);
  if (bad !== undefined) return JSON.stringify(bad.error);
  const last = telegrams.at(-1)!;
  if (last.content === 'manufacturer') return undefined;
  if (String(last.meter) !== String(expected.id))
    return `id ${String(last.meter)}, not ${String(expected.id)}`;
  if (last.media !== expected.media) return `media ${String(last.media)}, not ${String(expected.media)}`;
  if (last.incomplete !== undefined && (last.records as unknown[]).length === 0) {
    const { code } = last.incomplete as { code: string };
    if (code === 'MBUS_CHECKSUM') return 'CRC of the compact frame does not match its values';
  }
  const records = telegrams.flatMap(({ records: of }) => (of ?? []) as unknown as JsonRecord[]);
  const missing = Object.entries(expected)
    .filter(([name, value]) => isNumber(value) && !isReached(name, value, records))
    .map(([name, value]) => `${name} ${String(value)}`);
  // a table of the maker's own may hold what records do not
  const more = telegrams.some(({ manufacturerData, incomplete }) => Boolean(manufacturerData ?? incomplete));
  const own = records.some(({ head, quantity }) => quantity === 'manufacturer-specific' && head.length > 4);
  if (more || own) return undefined;
  return missing.length === 0 ? undefined : `not found: ${missing.join(', ')}`;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

function isReached(name: string, value: number, records: readonly JsonRecord[]): boolean {
  const factors = suffixes[name.slice(name.lastIndexOf('_') + 1)];
  return records.some((record) => {
    if (record.profile?.values.includes(value)) return true;
    const number = Number(record.value);
    if (record.value === null || Number.isNaN(number)) return false;
    if (factors === undefined || record.unit === undefined) return near(number, value);
    const factor = factors[record.unit ?? ''];
    // the origin has years of 365 days, and of a quarter more
    const close = name.endsWith('_y') ? 1e-3 : 1e-6;
    return factor !== undefined && Math.abs(number * factor - value) <= 1e-6 + close * Math.abs(value);
  });
}

function exampleFault(example: ReturnType<typeof specExamples>[number]): string | undefined {
  if (example.full_frame !== undefined) return compactFault(example);
  const bytes = example.telegram_hex!;
  const bare = example.link.includes('L field');
  const hex = bare ? (bytes.length / 2).toString(16).padStart(2, '0') + bytes : bytes;
  const decoded = decodeWmbusLine({ hex, key: example.key });
  if (!decoded.ok) return JSON.stringify(decoded.error);
  const { expected } = example;
  if (expected.mac_session_key !== undefined && decoded.mac !== 'verified') return 'the MAC does not match';
  if (expected.id !== undefined && decoded.meter !== expected.id) return `id ${String(decoded.meter)}`;
  return recordsFault(decoded.records as unknown as JsonRecord[], expected.records ?? []);
}

function recordsFault(
  have: readonly JsonRecord[],
  want: readonly { readonly value: unknown }[],
): string | undefined {
  for (const [i, { value }] of want.entries()) {
    const found = have[i]?.value;
    const same = typeof value === 'number' ? near(Number(found), value) : found === value;
    if (!same) return `record ${i}: ${String(found)}, not ${String(value)}`;
  }
  return undefined;
}

function compactFault({
  full_frame,
  format_frame,
  compact_frame,
  expected,
}: ReturnType<typeof specExamples>[number]) {
  const formats = new Formats();
  const bytes = (hex: string): Uint8Array => bytesOfHex(hex)!.subarray(1);
  if (learnFormatFrame(bytes(format_frame!), formats) !== expected.format_signature) return 'signature';
  const full = fullOfCompact(bytes(compact_frame!), formats);
  if (full.join() !== bytes(full_frame!).join()) return 'the full frame is another';
  const records = decodeRecords(full).records.map((record) => ({
    head: '',
    quantity: '',
    value: numberOf(record),
  }));
  return recordsFault(records, expected.records ?? []);
}

/** Makers with one format: BFW, GWF, Zenner. */
import { statusFlags } from '../../mbus/layer/tpl.ts';
import { rounded } from '../../mbus/values.ts';
import { joined } from '../flags.ts';
import { type FlatValues, type ProprietaryInput, recordsOf } from './input.ts';
import { bitNames, digitDay, FieldReader, two } from './reader.ts';

const BFW_MONTHS = 18;

/** BFW 240: units high byte first, months in pairs of twelve bits, oldest first, and the day in digits. */
export function decodeBfw240({ payload }: ProprietaryInput): FlatValues {
  const fields = new FieldReader(payload, 4);
  const units = (): number => fields.u8() * 256 + fields.u8();
  const previous = units();
  const out: FlatValues = { current_hca: units(), prev_hca: previous };
  fields.skip(2);
  const history: number[] = new Array(BFW_MONTHS + 1).fill(0);
  for (let month = BFW_MONTHS; month > 0; month -= 2) {
    const [low, high, newer] = fields.take(3);
    history[month] = (high! >> 4) * 256 + low!;
    history[month - 1] = (high! & 15) * 256 + newer!;
  }
  for (let month = 1; month <= BFW_MONTHS; month++) {
    out[`prev_${two(month)}_hca`] = history[month]!;
  }
  const [day, month, year] = fields.take(3);
  out.device_date = digitDay(year!, month!, day!);
  return out;
}

const gwfStates: Readonly<Record<number, string>> = {
  2: 'CONTINUOUS_FLOW',
  8: 'BROKEN_PIPE',
  32: 'BATTERY_LOW',
  64: 'BACKFLOW',
};
const GWF_LAYOUT = 0x01;

/** GWF: state and battery behind 0F. */
export function decodeGwfWater(input: ProprietaryInput): FlatValues {
  const read = gwf(input);
  if (read === undefined) return {};
  const { status, power } = read;
  if (power === undefined) return { status, battery_y: null };
  return { status, battery_y: Math.floor(power / 8) / 2, power_mode: power & 1 ? 'SAVING' : 'NORMAL' };
}

export function decodeGwfGas(input: ProprietaryInput): FlatValues {
  const read = gwf(input);
  return read === undefined ? {} : { status: read.status };
}

function gwf(input: ProprietaryInput): { readonly status: string; readonly power?: number } | undefined {
  const { manufacturerData } = recordsOf(input);
  if (manufacturerData === undefined || manufacturerData.length === 0) return undefined;
  const fields = new FieldReader(manufacturerData);
  const layout = fields.u8();
  const header = statusFlags(input.status ?? 0);
  const withHeader = (own: string): string => joined(own === '' ? header : [...header, own], 'OK');
  if (layout !== GWF_LAYOUT) {
    return { status: withHeader(`UNKNOWN_MFCT_STATUS_${layout.toString(16).toUpperCase()}`) };
  }
  const status = withHeader(bitNames(fields.u8(), gwfStates, '', 'MFCT_FLAGS'));
  return { status, power: fields.u8() };
}

/** Zenner counts 256 parts of a litre. */
const ZENNER_PARTS = 256_000;

export function decodeZenner0b(input: ProprietaryInput): FlatValues {
  const { manufacturerData } = recordsOf(input);
  if (manufacturerData === undefined) return {};
  const fields = new FieldReader(manufacturerData);
  return {
    status: bitNames(fields.u32(), {}, 'OK', 'STATUS'),
    target_m3: rounded(fields.u32() / ZENNER_PARTS),
    total_m3: rounded(fields.u32() / ZENNER_PARTS),
  };
}

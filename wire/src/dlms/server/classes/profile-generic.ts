/** Profile generic (class 7, Blue Book 4.3.6): rows of a source, chosen by range or entry, as bytes. */
import type { AccessSelection } from '../../apdu/common.ts';
import { ByteWriter } from '../../bytes.ts';
import {
  type CaptureObject,
  decodeCaptureObject,
  decodeCaptureObjects,
  isCaptureObjects,
} from '../../cosem/objects.ts';
import { decodeData, writeData } from '../../data.ts';
import { bytesOf, type CosemValue, elementsOf, type NumberType, numberOf } from '../../value.ts';
import { type ActionAnswer, type Behaviour, done, type Place, type ReadOutcome } from '../behaviour.ts';
import { doubleLongUnsigned } from '../make.ts';
import type { MeterState, ProfileSource } from '../meter-state.ts';
import type { ModelObject } from '../model.ts';
import { LocalTimes, utcOf } from './clock.ts';

/** A column: the clock, or numbers of a type. */
interface Column {
  readonly object: CaptureObject;
  readonly type: NumberType | 'clock';
}

/** Rows, by place in the source; and the columns to send. */
interface Choice {
  readonly from: number;
  readonly to: number;
  readonly columns: readonly number[];
}

const LIFO = 2;

export const profileGeneric: Behaviour = {
  read(place, attribute, selection) {
    const { meter, object } = place;
    if (attribute === 7) return doubleLongUnsigned(rowsOf(place).count());
    if (attribute !== 2) return selection === undefined ? undefined : 'other-reason';
    const plan = planOf(meter, object);
    const rows = rowsOf(place);
    const chosen = choose(place, plan, rows, selection);
    return typeof chosen === 'string' ? chosen : encodeRows(place, plan, rows, chosen);
  },

  write: (_place, attribute, value) =>
    attribute === 3 && !isCaptureObjects(value) ? 'type-unmatched' : undefined,

  invoke(place, method) {
    if (method === 2) return capture(place);
    place.meter.clearLog(place.object.instance);
    return done;
  },
};

/** Historical values and the number of billing periods so far (OBIS 0.b.98.1.e and 1.b.0.1.e). */
const BILLING = { profile: '0.0.98.1.0.255', periods: '1.0.0.1.0.255' } as const;

/** Takes a row of what its columns show now. A row of the billing profile ends a billing period. */
function capture({ meter, object }: Place): ActionAnswer {
  if (meter.env.series?.(object.instance) !== undefined) return { result: 'other-reason' };
  const captures = meter.value(object, 3);
  const objects = captures === undefined ? [] : decodeCaptureObjects(captures);
  const cells = objects.map(({ classId, instance, attribute }) => {
    const captured = meter.model.find(classId, instance);
    const bytes = captured && meter.read(captured, attribute);
    return bytes instanceof Uint8Array ? (numberOf(decodeData(bytes)) ?? Number.NaN) : Number.NaN;
  });
  meter.note(object.instance, { timeS: Math.floor(meter.nowS), value: (column) => cells[column]! });
  const periods = meter.model.find(1, BILLING.periods);
  if (object.instance === BILLING.profile && periods !== undefined) {
    meter.keep(periods, 2, doubleLongUnsigned((meter.numberAt(periods, 2) ?? 0) + 1));
    meter.happened('billing-period-ended');
  }
  return done;
}

/** At most as many rows as the profile holds, the newest. */
function rowsOf({ meter, object }: Place): ProfileSource {
  const source = meter.rows(object.instance);
  const most = meter.numberAt(object, 8);
  const skipped = most === undefined || most === 0 ? 0 : Math.max(0, source.count() - most);
  if (skipped === 0) return source;
  return {
    count: () => source.count() - skipped,
    timeS: (row) => source.timeS(row + skipped),
    value: (row, column) => source.value(row + skipped, column),
  };
}

/** Columns by the types of what is captured: the same for all meters of a model. */
function planOf(meter: MeterState, object: ModelObject): readonly Column[] {
  const known = meter.model.plans.get(object) as
    | { of: CosemValue | undefined; columns: Column[] }
    | undefined;
  const captures = meter.value(object, 3);
  if (known !== undefined && known.of === captures) return known.columns;
  const objects = captures === undefined ? [] : decodeCaptureObjects(captures);
  const columns = objects.map((one): Column => ({ object: one, type: typeOf(meter, one) }));
  if (captures === object.initial[3]) meter.model.plans.set(object, { of: captures, columns });
  return columns;
}

function typeOf(meter: MeterState, { classId, instance, attribute }: CaptureObject): Column['type'] {
  if (classId === 8 && attribute === 2) return 'clock';
  const captured = meter.model.find(classId, instance);
  const value = captured && meter.value(captured, attribute);
  return value !== undefined && 'value' in value && typeof value.value === 'number'
    ? (value.type as NumberType)
    : 'double-long-unsigned';
}

function choose(
  place: Place,
  plan: readonly Column[],
  rows: ProfileSource,
  selection: AccessSelection | undefined,
): Choice | Extract<ReadOutcome, string> {
  const all = plan.map((_, i) => i);
  if (selection === undefined) return { from: 0, to: rows.count(), columns: all };
  const parts = elementsOf(selection.parameters) ?? [];
  if (parts.length !== 4) return 'type-unmatched';
  if (selection.selector === 1 && place.meter.model.quirks.isEntriesOnly) return 'other-reason';
  if (selection.selector === 1) return byRange(place, plan, rows, parts);
  if (selection.selector !== 2) return 'other-reason';
  const [fromEntry, toEntry, fromColumn, toColumn] = parts.map(numberOf);
  if (fromEntry === undefined || toEntry === undefined || !fromColumn || toColumn === undefined)
    return 'type-unmatched';
  const count = rows.count();
  const first = Math.max(1, fromEntry);
  const last = toEntry === 0 ? count : Math.min(count, toEntry);
  const columns = all.slice(fromColumn - 1, toColumn === 0 ? undefined : toColumn);
  if (first > last) return { from: 0, to: 0, columns };
  return isNewestFirst(place)
    ? { from: count - last, to: count - first + 1, columns }
    : { from: first - 1, to: last, columns };
}

function isNewestFirst({ meter, object }: Place): boolean {
  return meter.numberAt(object, 5) === LIFO;
}

function byRange(
  { meter }: Place,
  plan: readonly Column[],
  rows: ProfileSource,
  [restricting, from, to, wanted]: readonly CosemValue[],
): Choice | Extract<ReadOutcome, string> {
  const by = decodeCaptureObject(restricting!);
  if (by.classId !== 8 || by.attribute !== 2) return 'other-reason';
  const bounds = [from!, to!].map((bound) => secondsOf(meter, bound));
  if (bounds[0] === undefined || bounds[1] === undefined) return 'type-unmatched';
  const columns: number[] = [];
  for (const one of elementsOf(wanted!) ?? []) {
    const { classId, instance, attribute, dataIndex } = decodeCaptureObject(one);
    const column = plan.findIndex(
      ({ object }) =>
        object.classId === classId &&
        object.instance === instance &&
        object.attribute === attribute &&
        object.dataIndex === dataIndex,
    );
    if (column < 0) return 'object-undefined';
    columns.push(column);
  }
  const start = firstNotBefore(rows, bounds[0]);
  const end = firstNotBefore(rows, bounds[1] + 1);
  return {
    from: start,
    to: Math.max(start, end),
    columns: columns.length > 0 ? columns : plan.map((_, i) => i),
  };
}

function secondsOf(meter: MeterState, bound: CosemValue): number | undefined {
  const bytes = bytesOf(bound);
  return bytes?.length === 12 ? utcOf(meter, bytes) : numberOf(bound);
}

/** Place of the first row at or after a time. */
function firstNotBefore(rows: ProfileSource, timeS: number): number {
  let low = 0;
  let high = rows.count();
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.timeS(middle) < timeS) low = middle + 1;
    else high = middle;
  }
  return low;
}

function encodeRows(place: Place, plan: readonly Column[], rows: ProfileSource, choice: Choice): Uint8Array {
  const { from, to, columns } = choice;
  const writer = new ByteWriter(16 + (to - from) * (2 + columns.length * 8));
  writer.u8(1);
  writer.length(to - from);
  const newestFirst = isNewestFirst(place);
  const times = new LocalTimes(place.meter);
  for (let i = from; i < to; i++) {
    const row = newestFirst ? from + to - 1 - i : i;
    writer.u8(2);
    writer.length(columns.length);
    for (const column of columns) {
      const { type } = plan[column]!;
      if (type === 'clock') {
        writer.u16(0x090c);
        writer.raw(times.bytesAt(rows.timeS(row)));
      } else writeCell(writer, type, rows.value(row, column));
    }
  }
  return writer.finish();
}

function writeCell(writer: ByteWriter, type: NumberType, value: number): void {
  if (Number.isNaN(value)) writer.u8(0);
  else if (type === 'double-long-unsigned') {
    writer.u8(6);
    writer.u32(value);
  } else if (type === 'unsigned') writer.u16(0x1100 | value);
  else writeData(writer, { type, value });
}

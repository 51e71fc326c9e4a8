/** What messages carry: times, entries of value lists, periods of profiles, trees of parameters. */
import {
  i8,
  i16,
  i64,
  listOf,
  octets,
  optional,
  type SmlCodec,
  sequence,
  status,
  u8,
  u32,
} from './schema.ts';
import { LIST, type SmlReader, type SmlValue } from './tlv.ts';

/** SML_Time (SML 1.04 clause 5). */
export type SmlTime = (
  | {
      /** Seconds that the meter has run since it was made or its index was set to zero. */
      readonly kind: 'secIndex';
      readonly seconds: number;
    }
  | { readonly kind: 'timestamp' /** UTC, since 1970. */; readonly seconds: number }
  | {
      readonly kind: 'localTimestamp';
      /** UTC, since 1970; with both offsets added it is the local time. */
      readonly seconds: number;
      readonly localOffsetMin: number;
      readonly seasonOffsetMin: number;
    }
) & {
  /** Sent as a lone number, without saying which kind it is; taken for an index. A quirk of some meters. */
  readonly bare?: true;
};

const timeKinds = { secIndex: 1, timestamp: 2, localTimestamp: 3 } as const;
const localTimestamp = sequence({ seconds: u32, localOffsetMin: i16, seasonOffsetMin: i16 });

export const time: SmlCodec<SmlTime> = {
  read(reader) {
    if (!isList(reader)) return { kind: 'secIndex', seconds: u32.read(reader), bare: true };
    const start = reader.at;
    reader.list(2);
    const kind = u8.read(reader);
    // one maker sends the three parts of a local time under the name of a plain one
    if (kind >= 1 && kind <= 3 && isList(reader)) {
      return { kind: 'localTimestamp', ...localTimestamp.read(reader) };
    }
    if (kind === timeKinds.secIndex) return { kind: 'secIndex', seconds: u32.read(reader) };
    if (kind === timeKinds.timestamp) return { kind: 'timestamp', seconds: u32.read(reader) };
    throw reader.fail('SML_UNEXPECTED', `time of kind ${kind}`, start, 'SML 1.04 clause 5');
  },
  write(writer, value) {
    if (value.bare !== true) {
      writer.list(2);
      u8.write(writer, timeKinds[value.kind]);
    }
    if (value.kind === 'localTimestamp') localTimestamp.write(writer, value);
    else u32.write(writer, value.seconds);
  },
};

function isList(reader: SmlReader): boolean {
  return (reader.bytes[reader.at]! & 0x70) === LIST && reader.at < reader.end;
}

/** Any element: the value of an object may be of every type. */
export const value: SmlCodec<SmlValue> = {
  read: (reader) => reader.value(),
  write: (writer, element) => writer.value(element),
};

/** An object of a list. */
export interface SmlEntry {
  /** Six bytes: its OBIS code. */
  readonly objName: Uint8Array;
  readonly status?: number | bigint;
  readonly valTime?: SmlTime;
  /** Code of COSEM. */
  readonly unit?: number;
  /** Power of ten of the value. */
  readonly scaler?: number;
  readonly value: SmlValue;
  readonly valueSignature?: Uint8Array;
}

/** SML_ListEntry; written out because nearly every byte of a meter's file goes through it. */
export const entry: SmlCodec<SmlEntry> = {
  read(reader) {
    reader.list(7);
    return {
      objName: reader.octets(),
      status: reader.skipUnset() ? undefined : reader.integer(),
      valTime: reader.skipUnset() ? undefined : time.read(reader),
      unit: reader.skipUnset() ? undefined : u8.read(reader),
      scaler: reader.skipUnset() ? undefined : i8.read(reader),
      value: reader.value(),
      valueSignature: reader.skipUnset() ? undefined : reader.octets(),
    };
  },
  write(writer, item) {
    writer.list(7);
    writer.octets(item.objName);
    optional(status).write(writer, item.status);
    optional(time).write(writer, item.valTime);
    optional(u8).write(writer, item.unit);
    optional(i8).write(writer, item.scaler);
    writer.value(item.value);
    optional(octets).write(writer, item.valueSignature);
  },
};

/** SML_ProfObjHeaderEntry */
export const profileHeader = sequence({ objName: octets, unit: u8, scaler: i8 });

const valueEntry = sequence({ value, valueSignature: optional(octets) });

/** SML_ProfObjPeriodEntry */
export const profilePeriod = sequence({
  valTime: time,
  status,
  values: listOf(valueEntry),
  periodSignature: optional(octets),
});

/** SML_PeriodEntry */
export const periodEntry = sequence({
  objName: octets,
  unit: u8,
  scaler: i8,
  value,
  valueSignature: optional(octets),
});

/** SML_TupelEntry: what the meters of the first generation sign. */
const tupleEntry = sequence({
  serverId: octets,
  secIndex: time,
  status,
  unitPA: u8,
  scalerPA: i8,
  valuePA: i64,
  unitR1: u8,
  scalerR1: i8,
  valueR1: i64,
  unitR4: u8,
  scalerR4: i8,
  valueR4: i64,
  signaturePAR1R4: octets,
  unitMA: u8,
  scalerMA: i8,
  valueMA: i64,
  unitR2: u8,
  scalerR2: i8,
  valueR2: i64,
  unitR3: u8,
  scalerR3: i8,
  valueR3: i64,
  signatureMAR2R3: octets,
});

/** SML_ProcParValue: a choice, told by a number. */
const parameterChoices = {
  value: [1, value],
  periodEntry: [2, periodEntry],
  tupleEntry: [3, tupleEntry],
  time: [4, time],
  listEntry: [5, entry],
} as const;

type ParameterChoices = typeof parameterChoices;
export type SmlParameter = {
  [K in keyof ParameterChoices]: {
    readonly kind: K;
    readonly value: ParameterChoices[K][1] extends SmlCodec<infer T> ? T : never;
  };
}[keyof ParameterChoices];

const parameter: SmlCodec<SmlParameter> = {
  read(reader) {
    reader.list(2);
    const start = reader.at;
    const number = u8.read(reader);
    for (const [kind, [choice, codec]] of Object.entries(parameterChoices)) {
      if (choice === number) return { kind, value: codec.read(reader) } as SmlParameter;
    }
    throw reader.fail('SML_UNEXPECTED', `parameter of kind ${number}`, start, 'SML 1.04 clause 5');
  },
  write(writer, item) {
    const [choice, codec] = parameterChoices[item.kind];
    writer.list(2);
    u8.write(writer, choice);
    (codec as SmlCodec<unknown>).write(writer, item.value);
  },
};

/** SML_Tree */
export interface SmlTree {
  readonly name: Uint8Array;
  readonly value?: SmlParameter;
  readonly children?: readonly SmlTree[];
}

/** A tree within a tree is one list more; the paths of meters have fewer than ten names. */
const MAX_TREE_DEPTH = 16;

export const tree: SmlCodec<SmlTree> = {
  read: (reader) => readTree(reader, 0),
  write(writer, item) {
    writer.list(3);
    writer.octets(item.name);
    optional(parameter).write(writer, item.value);
    optional(listOf(tree)).write(writer, item.children);
  },
};

function readTree(reader: SmlReader, depth: number): SmlTree {
  if (depth >= MAX_TREE_DEPTH) throw reader.fail('SML_TOO_DEEP', `more than ${MAX_TREE_DEPTH} trees`);
  reader.list(3);
  const name = reader.octets();
  const item = reader.skipUnset() ? undefined : parameter.read(reader);
  if (reader.skipUnset()) return { name, ...(item && { value: item }) };
  const children: SmlTree[] = [];
  for (let i = reader.count(); i > 0; i--) children.push(readTree(reader, depth + 1));
  return { name, ...(item && { value: item }), children };
}

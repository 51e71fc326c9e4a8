/**
 * The messages of SML 1.04 (clause 5): each a constant with its number, its type derived from it. What has
 * no layout here, or does not follow it, is kept as elements.
 */
import { OpenAmiError } from '@openami/model';
import {
  boolean,
  listOf,
  octets,
  optional,
  type SmlCodec,
  type SmlOf,
  sequence,
  status,
  u8,
  u32,
} from './schema.ts';
import type { SmlReader, SmlValue, SmlWriter } from './tlv.ts';
import { entry, periodEntry, profileHeader, profilePeriod, time, tree } from './values.ts';

/** Who asks whom. */
const asker = { serverId: optional(octets), username: optional(octets), password: optional(octets) };
const close = sequence({ globalSignature: optional(octets) });
const path = listOf(octets);

const profileRequest = sequence({
  ...asker,
  withRawdata: optional(boolean),
  beginTime: optional(time),
  endTime: optional(time),
  parameterTreePath: path,
  objects: optional(listOf(octets)),
  dasDetails: optional(tree),
});

export const messageTypes = {
  'open-request': [
    0x0100,
    sequence({
      codepage: optional(octets),
      clientId: octets,
      reqFileId: octets,
      ...asker,
      smlVersion: optional(u8),
    }),
  ],
  'open-response': [
    0x0101,
    sequence({
      codepage: optional(octets),
      clientId: optional(octets),
      reqFileId: octets,
      serverId: octets,
      refTime: optional(time),
      smlVersion: optional(u8),
    }),
  ],
  'close-request': [0x0200, close],
  'close-response': [0x0201, close],
  'get-profile-pack-request': [0x0300, profileRequest],
  'get-profile-pack-response': [
    0x0301,
    sequence({
      serverId: octets,
      actTime: time,
      /** Seconds. */
      regPeriod: u32,
      parameterTreePath: path,
      headers: listOf(profileHeader),
      periods: listOf(profilePeriod),
      rawdata: optional(octets),
      profileSignature: optional(octets),
    }),
  ],
  'get-profile-list-request': [0x0400, profileRequest],
  'get-profile-list-response': [
    0x0401,
    sequence({
      serverId: octets,
      actTime: time,
      /** Seconds. */
      regPeriod: u32,
      parameterTreePath: path,
      valTime: time,
      status,
      periods: listOf(periodEntry),
      rawdata: optional(octets),
      periodSignature: optional(octets),
    }),
  ],
  'get-proc-parameter-request': [
    0x0500,
    sequence({ ...asker, parameterTreePath: path, attribute: optional(octets) }),
  ],
  'get-proc-parameter-response': [
    0x0501,
    sequence({ serverId: octets, parameterTreePath: path, parameterTree: tree }),
  ],
  'set-proc-parameter-request': [
    0x0600,
    sequence({ ...asker, parameterTreePath: path, parameterTree: tree }),
  ],
  'get-list-request': [0x0700, sequence({ clientId: octets, ...asker, listName: optional(octets) })],
  'get-list-response': [
    0x0701,
    sequence({
      clientId: optional(octets),
      serverId: octets,
      listName: optional(octets),
      actSensorTime: optional(time),
      entries: listOf(entry),
      listSignature: optional(octets),
      actGatewayTime: optional(time),
    }),
  ],
  'attention-response': [
    0xff01,
    sequence({
      serverId: octets,
      attentionNo: octets,
      attentionMsg: optional(octets),
      attentionDetails: optional(tree),
    }),
  ],
} as const satisfies Readonly<Record<string, readonly [number, SmlCodec<object>]>>;

type MessageTypes = typeof messageTypes;

/** The body of a message of a type. */
export type SmlBodyOf<K extends keyof MessageTypes> = { readonly type: K } & SmlOf<MessageTypes[K][1]>;

/** A body without a layout, as elements. */
export interface SmlOtherBody {
  readonly type: 'other';
  readonly tag: number;
  readonly element: SmlValue;
  /** Why it was not read by the layout of its number, where there is one. */
  readonly problem?: string;
}

export type SmlBody = { [K in keyof MessageTypes]: SmlBodyOf<K> }[keyof MessageTypes] | SmlOtherBody;

const byTag = new Map<number, readonly [keyof MessageTypes, SmlCodec<object>]>();
for (const [type, [tag, codec]] of Object.entries(messageTypes)) {
  byTag.set(tag, [type as keyof MessageTypes, codec]);
}

/** Reads SML_MessageBody: its number, then what the number says. Raises errors of SML. */
export function readBody(reader: SmlReader): SmlBody {
  reader.list(2);
  const tag = reader.number(0, 0xffff_ffff);
  const known = byTag.get(tag);
  if (known === undefined) return { type: 'other', tag, element: reader.value() };
  const at = reader.at;
  try {
    return { type: known[0], ...known[1].read(reader) } as SmlBody;
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    reader.at = at;
    return { type: 'other', tag, element: reader.value(), problem: error.message };
  }
}

/** Writes SML_MessageBody. Raises SML_NOT_ENCODABLE. */
export function writeBody(writer: SmlWriter, body: SmlBody): void {
  writer.list(2);
  if (body.type === 'other') {
    writer.integer('unsigned', body.tag, 4);
    writer.value(body.element);
    return;
  }
  const [tag, codec] = messageTypes[body.type];
  writer.integer('unsigned', tag, body.type === 'attention-response' ? 4 : 2);
  (codec as SmlCodec<object>).write(writer, body);
}

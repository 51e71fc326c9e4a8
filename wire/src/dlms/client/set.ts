/** SET with logical names, with blocks and lists (IEC 62056-5-3 clause 6). */
import type { Apdu } from '../apdu/apdu.ts';
import type { DataAccessResult, DataBlock } from '../apdu/common.ts';
import { associationErrors } from '../association/association-errors.ts';
import { resultError, setValues } from '../association/results.ts';
import { ByteWriter } from '../bytes.ts';
import { encodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import { setManyShort } from './by-short-name.ts';
import { type GetItem, isAnswerTo, nameOf } from './get.ts';
import type { ClientSession } from './session.ts';
import type { Talk } from './talk.ts';

export interface SetItem extends GetItem {
  readonly value: CosemValue;
}

/** Tag, kind, invoke byte and a block's last, number and length. */
const BLOCK_HEAD = 3 + 1 + 4 + 3;

/** Writes one attribute. Raises the errors of services. */
export function* setOne(session: ClientSession, item: SetItem): Talk<void> {
  const { attribute, selection, value } = item;
  if (session.isShort) {
    const [written] = yield* setManyShort(session, [item]);
    if (written !== 'success') throw resultError(written!, nameOf(attribute));
    return;
  }
  const invoke = session.nextInvoke();
  const encoded = encodeData(value);
  const head = headOf([item]);
  let result: DataAccessResult;
  if (3 + head + encoded.length <= session.room || !session.supports('block-transfer-with-set-or-write')) {
    const request = { service: 'set-request', kind: 'normal', invoke, attribute, selection, value } as const;
    const answer = yield* session.request(request, isAnswerTo('set-response', invoke));
    if (answer.kind !== 'normal') throw associationErrors.DLMS_PROTOCOL(`set answered ${answer.kind}`);
    result = answer.result;
  } else {
    const last = yield* sendBlocks(session, invoke, encoded, head, (block) => ({
      service: 'set-request',
      kind: 'first-block',
      invoke,
      attribute,
      selection,
      block,
    }));
    if (typeof last !== 'string') throw associationErrors.DLMS_PROTOCOL('set of one answered with a list');
    result = last;
  }
  if (result !== 'success') throw resultError(result, nameOf(attribute));
}

/** Writes several attributes; one result each, in order. */
export function* setMany(session: ClientSession, items: readonly SetItem[]): Talk<DataAccessResult[]> {
  if (session.isShort) return yield* setManyShort(session, items);
  const out: DataAccessResult[] = [];
  const listItems = session.supports('multiple-references') ? session.profile.listItems : 1;
  for (let at = 0; at < items.length; ) {
    const part = items.slice(at, at + descriptorsThatFit(session, items, at, listItems));
    if (part.length > 1) out.push(...(yield* setList(session, part)));
    else out.push(yield* setAsResult(session, part[0]!));
    at += part.length;
  }
  return out;
}

/** The descriptors must fit one APDU, the values may go in blocks. */
function descriptorsThatFit(
  session: ClientSession,
  items: readonly SetItem[],
  from: number,
  most: number,
): number {
  const blocks = session.supports('block-transfer-with-set-or-write');
  let bytes = BLOCK_HEAD + 3;
  let count = 0;
  while (count < most && from + count < items.length) {
    const item = items[from + count]!;
    bytes += headOf([item]) + (blocks ? 0 : encodeData(item.value).length);
    if (bytes > session.room && count > 0) break;
    count++;
  }
  return Math.max(1, count);
}

function headOf(items: readonly GetItem[]): number {
  let bytes = 0;
  for (const { selection } of items) {
    bytes += 10 + (selection === undefined ? 0 : 1 + encodeData(selection.parameters).length);
  }
  return bytes;
}

function* setAsResult(session: ClientSession, item: SetItem): Talk<DataAccessResult> {
  try {
    yield* setOne(session, item);
    return 'success';
  } catch (error) {
    const { result } = (error as { data?: { result?: unknown } }).data ?? {};
    if (typeof result !== 'string') throw error;
    return result as DataAccessResult;
  }
}

function* setList(session: ClientSession, items: readonly SetItem[]): Talk<readonly DataAccessResult[]> {
  const invoke = session.nextInvoke();
  const attributes = items.map(({ attribute, selection }) => ({ attribute, selection }));
  const values = items.map(({ value }) => value);
  const writer = new ByteWriter();
  setValues.write(writer, values);
  const encoded = writer.finish();
  const head = headOf(items) + 3;
  let results: readonly DataAccessResult[] | DataAccessResult;
  if (3 + head + encoded.length <= session.room || !session.supports('block-transfer-with-set-or-write')) {
    const request = { service: 'set-request', kind: 'with-list', invoke, attributes, values } as const;
    const answer = yield* session.request(request, isAnswerTo('set-response', invoke));
    if (answer.kind === 'normal') throw resultError(answer.result, 'list');
    if (answer.kind !== 'with-list') throw associationErrors.DLMS_PROTOCOL(`list answered ${answer.kind}`);
    results = answer.results;
  } else {
    results = yield* sendBlocks(session, invoke, encoded, head, (block) => ({
      service: 'set-request',
      kind: 'with-list-and-first-block',
      invoke,
      attributes,
      block,
    }));
  }
  if (typeof results === 'string') throw resultError(results, 'list');
  if (results.length !== items.length) {
    throw associationErrors.DLMS_PROTOCOL(`${results.length} results for ${items.length} attributes`);
  }
  return results;
}

function* sendBlocks(
  session: ClientSession,
  invoke: number,
  encoded: Uint8Array,
  head: number,
  first: (block: DataBlock) => Apdu,
): Talk<DataAccessResult | readonly DataAccessResult[]> {
  const isAnswer = isAnswerTo('set-response', invoke);
  for (const { last, number, raw } of cut(session, encoded, head)) {
    const block = { last, number, raw };
    const apdu: Apdu =
      number === 1 ? first(block) : { service: 'set-request', kind: 'with-block', invoke, block };
    const answer = yield* session.request(
      apdu,
      (candidate): candidate is Extract<typeof candidate, { service: 'set-response' }> =>
        isAnswer(candidate) && (candidate.kind !== 'block' || candidate.block !== number - 1),
    );
    if (answer.kind === 'last-block') return answer.result;
    if (answer.kind === 'last-block-with-list') return answer.results;
    if (answer.kind === 'normal') return answer.result;
    if (last || answer.kind !== 'block' || answer.block !== number) {
      throw associationErrors.DLMS_PROTOCOL(`block ${number} of a set answered ${answer.kind}`);
    }
  }
  throw associationErrors.DLMS_PROTOCOL('a set in blocks without an answer');
}

/** Blocks of a value: the first has to leave room for the descriptors. */
export function* cut(session: ClientSession, encoded: Uint8Array, head: number): Generator<DataBlock> {
  const room = session.room - BLOCK_HEAD;
  let at = 0;
  for (let number = 1; ; number++) {
    const size = number === 1 ? Math.max(0, room - head) : room;
    if (size < 1 && number > 1) {
      const data = { bytes: encoded.length, maxPduBytes: session.serverMaxPduBytes };
      throw associationErrors.DLMS_TOO_LONG(`blocks do not fit APDUs of ${session.serverMaxPduBytes}`, data);
    }
    const raw = encoded.subarray(at, at + size);
    at += raw.length;
    yield { last: at === encoded.length, number, raw };
    if (at === encoded.length) return;
  }
}

/** GET with logical names, with blocks and lists (IEC 62056-5-3 clause 6). */

import { concat } from '../../bytes.ts';
import type { Apdu, ApduOf } from '../apdu/apdu.ts';
import type { AccessSelection, AttributeDescriptor, GetDataResult } from '../apdu/common.ts';
import { associationErrors } from '../association/association-errors.ts';
import { getResults, resultError } from '../association/results.ts';
import { ByteReader } from '../bytes.ts';
import { decodeData, encodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import { getManyShort, getShort } from './by-short-name.ts';
import type { ClientSession } from './session.ts';
import type { Talk } from './talk.ts';

export interface GetItem {
  readonly attribute: AttributeDescriptor;
  readonly selection?: AccessSelection;
}

/** Takes answers of a service to the request with this invoke id. */
export function isAnswerTo<S extends 'get-response' | 'set-response' | 'action-response'>(
  service: S,
  invoke: number,
): (answer: Apdu) => answer is ApduOf<S> & Apdu {
  // priority and class of service may come back changed
  return (answer): answer is ApduOf<S> & Apdu =>
    answer.service === service && ((answer as { invoke: number }).invoke & 0x0f) === (invoke & 0x0f);
}

/** An attribute, as errors name it. */
export function nameOf({ classId, instance, attribute }: AttributeDescriptor): string {
  return `class ${classId} ${instance} attribute ${attribute}`;
}

/** One attribute. Raises DLMS_OBJECT_UNDEFINED, DLMS_ACCESS_DENIED and the others of services. */
export function* getOne(session: ClientSession, item: GetItem): Talk<CosemValue> {
  if (session.isShort) return yield* getShort(session, item);
  const { attribute, selection } = item;
  const invoke = session.nextInvoke();
  const isAnswer = isAnswerTo('get-response', invoke);
  const answer = yield* session.request(
    { service: 'get-request', kind: 'normal', invoke, attribute, selection },
    isAnswer,
  );
  if (answer.kind === 'with-block') {
    return decodeData(yield* getBlocks(session, invoke, answer, nameOf(attribute)));
  }
  if (answer.kind !== 'normal') throw associationErrors.DLMS_PROTOCOL(`get answered ${answer.kind}`);
  if (answer.result.kind === 'error') throw resultError(answer.result.value, nameOf(attribute));
  return answer.result.value;
}

type BlockAnswer = Extract<ApduOf<'get-response'>, { kind: 'with-block' }>;

function* getBlocks(
  session: ClientSession,
  invoke: number,
  first: BlockAnswer,
  what: string,
): Talk<Uint8Array> {
  const { maxBlocks, maxBytes } = session.limits;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let answer = first;
  for (let number = 1; number <= maxBlocks; number++) {
    const { block } = answer;
    if (block.result.kind === 'error') throw resultError(block.result.value, what);
    if (block.number !== number) {
      throw associationErrors.DLMS_PROTOCOL(`${what}: block ${block.number} instead of ${number}`);
    }
    bytes += block.result.value.length;
    if (bytes > maxBytes) throw associationErrors.DLMS_LIMIT(`${what}: more than ${maxBytes} bytes`);
    chunks.push(block.result.value);
    if (block.last) return concat(chunks, bytes);
    const next = { service: 'get-request', kind: 'next', invoke, block: number } as const;
    answer = yield* session.request(next, isNextBlock(invoke, number));
  }
  throw associationErrors.DLMS_LIMIT(`${what}: more than ${maxBlocks} blocks`);
}

/** A block, but not the one before once more. */
function isNextBlock(invoke: number, before: number): (answer: Apdu) => answer is BlockAnswer {
  const isAnswer = isAnswerTo('get-response', invoke);
  return (answer): answer is BlockAnswer =>
    isAnswer(answer) && answer.kind === 'with-block' && answer.block.number !== before;
}

/** Several attributes; one result each, in order. Lists are as long as meter and APDUs allow. */
export function* getMany(session: ClientSession, items: readonly GetItem[]): Talk<GetDataResult[]> {
  if (session.isShort) return yield* getManyShort(session, items);
  const out: GetDataResult[] = [];
  const listItems = session.supports('multiple-references') ? session.profile.listItems : 1;
  for (let at = 0; at < items.length; ) {
    const part = items.slice(at, at + itemsThatFit(session, items, at, listItems));
    if (part.length > 1) out.push(...(yield* getList(session, part)));
    else out.push(yield* getAsResult(session, part[0]!));
    at += part.length;
  }
  return out;
}

function itemsThatFit(session: ClientSession, items: readonly GetItem[], from: number, most: number): number {
  let bytes = 6;
  let count = 0;
  while (count < most && from + count < items.length) {
    const { selection } = items[from + count]!;
    bytes += 10 + (selection === undefined ? 0 : 1 + encodeData(selection.parameters).length);
    if (bytes > session.room && count > 0) break;
    count++;
  }
  return Math.max(1, count);
}

/** The refusal of an attribute as a result, as it is in lists. */
function* getAsResult(session: ClientSession, item: GetItem): Talk<GetDataResult> {
  try {
    return { kind: 'data', value: yield* getOne(session, item) };
  } catch (error) {
    const { result } = (error as { data?: { result?: unknown } }).data ?? {};
    if (typeof result !== 'string') throw error;
    return { kind: 'error', value: result as Extract<GetDataResult, { kind: 'error' }>['value'] };
  }
}

function* getList(session: ClientSession, items: readonly GetItem[]): Talk<readonly GetDataResult[]> {
  const invoke = session.nextInvoke();
  const answer = yield* session.request(
    { service: 'get-request', kind: 'with-list', invoke, attributes: items },
    isAnswerTo('get-response', invoke),
  );
  let results: readonly GetDataResult[];
  if (answer.kind === 'with-list') results = answer.results;
  else if (answer.kind === 'with-block') {
    const reader = new ByteReader(yield* getBlocks(session, invoke, answer, 'list'));
    results = getResults.read(reader);
    reader.finish();
  } else if (answer.result.kind === 'error') throw resultError(answer.result.value, 'list');
  else throw associationErrors.DLMS_PROTOCOL('a list answered with one value');
  if (results.length !== items.length) {
    throw associationErrors.DLMS_PROTOCOL(`${results.length} results for ${items.length} attributes`);
  }
  return results;
}

/** ACTION with logical names, with blocks and lists, and ACCESS (IEC 62056-5-3 clause 6). */

import { concat } from '../../bytes.ts';
import type { Apdu, ApduOf } from '../apdu/apdu.ts';
import type { ActionResult, DataAccessResult, DataBlock, MethodDescriptor } from '../apdu/common.ts';
import { longInvoke } from '../apdu/common.ts';
import type { ValueOf } from '../apdu/schema.ts';
import { associationErrors } from '../association/association-errors.ts';
import { actionOutcome, actionOutcomes, resultError } from '../association/results.ts';
import { ByteReader } from '../bytes.ts';
import { encodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import { invokeShort } from './by-short-name.ts';
import { isAnswerTo } from './get.ts';
import type { ClientSession } from './session.ts';
import { cut } from './set.ts';
import type { Talk } from './talk.ts';

export interface ActionItem {
  readonly method: MethodDescriptor;
  readonly parameters?: CosemValue;
}
export type ActionOutcome = ValueOf<typeof actionOutcome>;

function nameOf({ classId, instance, method }: MethodDescriptor): string {
  return `class ${classId} ${instance} method ${method}`;
}

/** Invokes a method; what it returns. Raises the errors of services. */
export function* invokeOne(session: ClientSession, item: ActionItem): Talk<CosemValue | undefined> {
  const { method, parameters } = item;
  if (session.isShort) return yield* invokeShort(session, method, parameters);
  const invoke = session.nextInvoke();
  const encoded = parameters === undefined ? undefined : encodeData(parameters);
  const isLong = encoded !== undefined && 3 + 10 + encoded.length > session.room;
  let answer: ApduOf<'action-response'>;
  if (isLong && session.supports('block-transfer-with-action')) {
    answer = yield* sendBlocks(session, invoke, encoded, 9, (block) => ({
      service: 'action-request',
      kind: 'first-block',
      invoke,
      method,
      block,
    }));
  } else {
    const request = { service: 'action-request', kind: 'normal', invoke, method, parameters } as const;
    answer = yield* session.request(request, isAnswerTo('action-response', invoke));
  }
  let outcome: ActionOutcome;
  if (answer.kind === 'normal') outcome = answer.outcome;
  else if (answer.kind === 'with-block') {
    const reader = new ByteReader(yield* receiveBlocks(session, invoke, answer, nameOf(method)));
    outcome = actionOutcome.read(reader);
    reader.finish();
  } else throw associationErrors.DLMS_PROTOCOL(`action answered ${answer.kind}`);
  return outcomeValue(outcome, nameOf(method));
}

function outcomeValue({ result, returned }: ActionOutcome, what: string): CosemValue | undefined {
  if (result !== 'success') throw resultError(result, what);
  if (returned?.kind === 'error') {
    // some meters return "success" once more where there is nothing to return
    if (returned.value === 'success') return undefined;
    throw resultError(returned.value, what);
  }
  return returned?.value;
}

/** Invokes several methods; one outcome each, in order. */
export function* invokeMany(
  session: ClientSession,
  items: readonly ActionItem[],
): Talk<readonly ActionOutcome[]> {
  const listItems = session.supports('multiple-references') ? session.profile.listItems : 1;
  if (session.isShort || listItems < items.length || items.length === 1) {
    const out: ActionOutcome[] = [];
    for (const item of items) out.push(yield* invokeAsOutcome(session, item));
    return out;
  }
  const invoke = session.nextInvoke();
  const methods = items.map(({ method }) => method);
  const parameters = items.map((item) => item.parameters ?? ({ type: 'null' } as const));
  const answer = yield* session.request(
    { service: 'action-request', kind: 'with-list', invoke, methods, parameters },
    isAnswerTo('action-response', invoke),
  );
  let outcomes: readonly ActionOutcome[];
  if (answer.kind === 'with-list') outcomes = answer.outcomes;
  else if (answer.kind === 'with-block') {
    const reader = new ByteReader(yield* receiveBlocks(session, invoke, answer, 'list'));
    outcomes = actionOutcomes.read(reader);
    reader.finish();
  } else throw associationErrors.DLMS_PROTOCOL(`list answered ${answer.kind}`);
  if (outcomes.length !== items.length) {
    throw associationErrors.DLMS_PROTOCOL(`${outcomes.length} outcomes for ${items.length} methods`);
  }
  return outcomes;
}

function* invokeAsOutcome(session: ClientSession, item: ActionItem): Talk<ActionOutcome> {
  try {
    const value = yield* invokeOne(session, item);
    return value === undefined
      ? { result: 'success' }
      : { result: 'success', returned: { kind: 'data', value } };
  } catch (error) {
    const { result } = (error as { data?: { result?: unknown } }).data ?? {};
    if (typeof result !== 'string') throw error;
    return { result: result as ActionResult };
  }
}

function* sendBlocks(
  session: ClientSession,
  invoke: number,
  encoded: Uint8Array,
  head: number,
  first: (block: DataBlock) => Apdu,
): Talk<ApduOf<'action-response'>> {
  const isAnswer = isAnswerTo('action-response', invoke);
  for (const block of cut(session, encoded, head)) {
    const apdu: Apdu =
      block.number === 1 ? first(block) : { service: 'action-request', kind: 'with-block', invoke, block };
    const answer = yield* session.request(
      apdu,
      (candidate): candidate is Extract<typeof candidate, { service: 'action-response' }> =>
        isAnswer(candidate) && (candidate.kind !== 'next' || candidate.block !== block.number - 1),
    );
    if (block.last || answer.kind !== 'next') return answer;
    if (answer.block !== block.number) {
      throw associationErrors.DLMS_PROTOCOL(`block ${block.number} of an action answered ${answer.block}`);
    }
  }
  throw associationErrors.DLMS_PROTOCOL('an action in blocks without an answer');
}

type BlockAnswer = Extract<ApduOf<'action-response'>, { kind: 'with-block' }>;

function* receiveBlocks(
  session: ClientSession,
  invoke: number,
  first: BlockAnswer,
  what: string,
): Talk<Uint8Array> {
  const { maxBlocks, maxBytes } = session.limits;
  const isAnswer = isAnswerTo('action-response', invoke);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let { block } = first;
  for (let number = 1; number <= maxBlocks; number++) {
    if (block.number !== number) {
      throw associationErrors.DLMS_PROTOCOL(`${what}: block ${block.number} instead of ${number}`);
    }
    bytes += block.raw.length;
    if (bytes > maxBytes) throw associationErrors.DLMS_LIMIT(`${what}: more than ${maxBytes} bytes`);
    chunks.push(block.raw);
    if (block.last) return concat(chunks, bytes);
    const next = { service: 'action-request', kind: 'next', invoke, block: number } as const;
    const answer = yield* session.request(
      next,
      (candidate): candidate is BlockAnswer & Apdu =>
        isAnswer(candidate) &&
        (candidate.kind === 'normal' ||
          (candidate.kind === 'with-block' && candidate.block.number !== number)),
    );
    if (answer.kind !== 'with-block')
      throw associationErrors.DLMS_PROTOCOL(`${what}: blocks end without a last one`);
    block = answer.block;
  }
  throw associationErrors.DLMS_LIMIT(`${what}: more than ${maxBlocks} blocks`);
}

type AccessRequest = ApduOf<'access-request'>;
export type AccessItem = AccessRequest['requests'][number] & { readonly value?: CosemValue };
export interface AccessOutcome {
  readonly result: DataAccessResult | ActionResult;
  readonly value: CosemValue;
}

/** Reads, writes and methods in one request (Access); one outcome each, in order. */
export function* access(session: ClientSession, items: readonly AccessItem[]): Talk<AccessOutcome[]> {
  if (!session.supports('access'))
    throw associationErrors.DLMS_UNSUPPORTED('the access service was not agreed');
  const id = session.nextLongInvoke();
  const answer = yield* session.request(
    {
      service: 'access-request',
      invoke: longInvoke(id, { confirmed: true }),
      dateTime: new Uint8Array(0),
      requests: items,
      data: items.map(({ value }) => value ?? { type: 'null' }),
    },
    (candidate): candidate is ApduOf<'access-response'> & Apdu =>
      candidate.service === 'access-response' && (candidate.invoke & 0xff_ffff) === id,
  );
  const { data, results } = answer;
  if (data.length !== items.length || results.length !== items.length) {
    throw associationErrors.DLMS_PROTOCOL(`${results.length} results for ${items.length} requests`);
  }
  return results.map(({ value: result }, i) => ({ result, value: data[i]! }));
}

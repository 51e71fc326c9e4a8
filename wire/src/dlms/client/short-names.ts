/** Read and Write with short names, with blocks and parameters (IEC 62056-5-3 clause 7). */

import { concat } from '../../bytes.ts';
import type { Apdu, ApduOf } from '../apdu/apdu.ts';
import { encodeApdu } from '../apdu/apdu.ts';
import type { DataAccessResult, GetDataResult } from '../apdu/common.ts';
import { readResponse } from '../apdu/sn.ts';
import { associationErrors } from '../association/association-errors.ts';
import { resultError } from '../association/results.ts';
import { ByteReader } from '../bytes.ts';
import type { CosemValue } from '../value.ts';
import type { ClientSession } from './session.ts';
import type { Talk } from './talk.ts';

export interface ShortItem {
  /** As it is sent: signed, 0xFA00 is -1536. */
  readonly name: number;
  /** Parameterised access: selective access to an attribute, or the parameter of a method. */
  readonly selector?: number;
  readonly parameter?: CosemValue;
}

type Variable = ApduOf<'read-request'>['variables'][number];
type ReadResult = ApduOf<'read-response'>['results'][number];

const isRead = (answer: Apdu): answer is ApduOf<'read-response'> & Apdu => answer.service === 'read-response';
const isWrite = (answer: Apdu): answer is ApduOf<'write-response'> & Apdu =>
  answer.service === 'write-response';

function variableOf({ name, selector = 0, parameter }: ShortItem): Variable {
  return parameter === undefined
    ? { kind: 'name', name }
    : { kind: 'parameterized', name, selector, parameter };
}

/** Reads variables; one result each, in order. */
export function* readMany(session: ClientSession, items: readonly ShortItem[]): Talk<GetDataResult[]> {
  const listItems = session.supports('multiple-references') ? session.profile.listItems : 1;
  const out: GetDataResult[] = [];
  for (let at = 0; at < items.length; at += listItems) {
    const variables = items.slice(at, at + listItems).map(variableOf);
    const results = yield* readRound(session, variables);
    if (results.length !== variables.length) {
      throw associationErrors.DLMS_PROTOCOL(`${results.length} results for ${variables.length} variables`);
    }
    for (const result of results) {
      if (result.kind !== 'data' && result.kind !== 'error') {
        throw associationErrors.DLMS_PROTOCOL(`a read answered ${result.kind}`);
      }
      out.push(result);
    }
  }
  return out;
}

function* readRound(session: ClientSession, variables: readonly Variable[]): Talk<readonly ReadResult[]> {
  let answer = yield* readInBlocks(session, variables);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (let number = 1; number <= session.limits.maxBlocks; number++) {
    const [first] = answer.results;
    if (first?.kind !== 'block') {
      if (number > 1) throw refusedBlock(first);
      return answer.results;
    }
    if (first.number !== number) {
      throw associationErrors.DLMS_PROTOCOL(`block ${first.number} of a read instead of ${number}`);
    }
    bytes += first.raw.length;
    if (bytes > session.limits.maxBytes) {
      throw associationErrors.DLMS_LIMIT(`a read of more than ${session.limits.maxBytes} bytes`);
    }
    chunks.push(first.raw);
    if (first.last) {
      const reader = new ByteReader(concat(chunks, bytes), 'IEC 62056-5-3 clause 8, ReadResponse in blocks');
      const { results } = readResponse.read(reader);
      reader.finish();
      return results;
    }
    answer = yield* session.request(
      { service: 'read-request', variables: [{ kind: 'block', number }] },
      isRead,
    );
  }
  throw associationErrors.DLMS_LIMIT(`more than ${session.limits.maxBlocks} blocks`);
}

function refusedBlock(result: ReadResult | undefined): Error {
  if (result?.kind === 'error') return resultError(result.value, 'block of a read');
  return associationErrors.DLMS_PROTOCOL(`a block of a read answered ${result?.kind ?? 'nothing'}`);
}

/** A read request that does not fit is sent in blocks itself. */
function* readInBlocks(
  session: ClientSession,
  variables: readonly Variable[],
): Talk<ApduOf<'read-response'>> {
  const request = { service: 'read-request', variables } as const;
  const plain = encodeApdu(request);
  if (plain.length <= session.room || !session.supports('block-transfer-with-get-or-read')) {
    return yield* session.request(request, isRead);
  }
  for (const { last, number, raw } of cutShort(session, plain.subarray(1), 9)) {
    const block: Variable = { kind: 'read-block', last, number, raw };
    const answer = yield* session.request({ service: 'read-request', variables: [block] }, isRead);
    if (last) return answer;
    const [result] = answer.results;
    if (result?.kind !== 'block-number' || result.number !== number) throw refusedBlock(result);
  }
  throw associationErrors.DLMS_PROTOCOL('a read in blocks without an answer');
}

/** Reads one variable, or invokes a method. Raises the errors of services. */
export function* readShort(session: ClientSession, item: ShortItem): Talk<CosemValue> {
  const [result] = yield* readMany(session, [item]);
  if (result!.kind === 'error') throw resultError(result!.value, `name ${(item.name & 0xffff).toString(16)}`);
  return result!.value;
}

/** Writes variables; one result each, in order. */
export function* writeMany(
  session: ClientSession,
  items: readonly (ShortItem & { readonly value: CosemValue })[],
): Talk<DataAccessResult[]> {
  const listItems = session.supports('multiple-references') ? session.profile.listItems : 1;
  const out: DataAccessResult[] = [];
  for (let at = 0; at < items.length; at += listItems) {
    const part = items.slice(at, at + listItems);
    const variables = part.map(variableOf);
    const { results } = yield* writeInBlocks(
      session,
      variables,
      part.map(({ value }) => value),
    );
    if (results.length !== part.length) {
      throw associationErrors.DLMS_PROTOCOL(`${results.length} results for ${part.length} variables`);
    }
    for (const result of results) out.push(result.kind === 'error' ? result.value : 'success');
  }
  return out;
}

function* writeInBlocks(
  session: ClientSession,
  variables: readonly Variable[],
  values: readonly CosemValue[],
): Talk<ApduOf<'write-response'>> {
  const request = { service: 'write-request', variables, values } as const;
  const plain = encodeApdu(request);
  if (plain.length <= session.room || !session.supports('block-transfer-with-set-or-write')) {
    return yield* session.request(request, isWrite);
  }
  for (const { last, number, raw } of cutShort(session, plain.subarray(1), 12)) {
    const answer = yield* session.request(
      {
        service: 'write-request',
        variables: [{ kind: 'write-block', last, number }],
        values: [{ type: 'octet-string', value: raw }],
      },
      isWrite,
    );
    if (last) return answer;
    const [result] = answer.results;
    if (result?.kind === 'error') throw resultError(result.value, 'block of a write');
    if (result?.kind !== 'block-number' || result.number !== number) {
      throw associationErrors.DLMS_PROTOCOL(
        `block ${number} of a write answered ${result?.kind ?? 'nothing'}`,
      );
    }
  }
  throw associationErrors.DLMS_PROTOCOL('a write in blocks without an answer');
}

function* cutShort(
  session: ClientSession,
  bytes: Uint8Array,
  head: number,
): Generator<{ readonly last: boolean; readonly number: number; readonly raw: Uint8Array }> {
  const size = session.room - head;
  if (size < 1 || bytes.length / size > 0xffff) {
    const data = { bytes: bytes.length, maxPduBytes: session.serverMaxPduBytes };
    throw associationErrors.DLMS_TOO_LONG(`blocks do not fit APDUs of ${session.serverMaxPduBytes}`, data);
  }
  for (let at = 0, number = 1; at < bytes.length; at += size, number++) {
    yield { last: at + size >= bytes.length, number, raw: bytes.subarray(at, at + size) };
  }
}

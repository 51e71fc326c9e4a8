/** GET, SET, ACTION and ACCESS of a meter with logical names, with lists and blocks both ways. */
import { type ApduOf, encodeApdu } from '../apdu/apdu.ts';
import {
  type AccessSelection,
  type AttributeDescriptor,
  type DataAccessResult,
  type DataBlock,
  dataAccessResults,
  type MethodDescriptor,
} from '../apdu/common.ts';
import { codeOf } from '../apdu/schema.ts';
import { actionOutcome, actionOutcomes, setValues } from '../association/results.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { decodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import type { ActionAnswer } from './behaviour.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from './limits.ts';
import { nothing } from './make.ts';
import { READ, WRITE } from './model.ts';
import type { ServerSession } from './server-session.ts';

/** An answer on its way in blocks. */
interface Outgoing {
  readonly service: 'get' | 'action';
  readonly bytes: Uint8Array;
  /** Number of the block last sent, where it began, and where the next begins. */
  number: number;
  from: number;
  to: number;
}

interface Incoming {
  readonly first: ApduOf<'set-request'> | ApduOf<'action-request'>;
  /** One piece of memory, however many blocks there are. */
  readonly bytes: ByteWriter;
  number: number;
}

/** Service tag, kind, invoke byte, last, number, choice, length. */
const BLOCK_HEAD = 3 + 1 + 4 + 1 + 3;
const NULL_DATA = Uint8Array.of(0);

type ActionOutcome = { result: ActionAnswer['result']; returned?: { kind: 'data'; value: CosemValue } };

/** The services of one association, and the transfers in blocks that are under way in it. */
export class LongNameServices {
  readonly #session: ServerSession;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;

  constructor(session: ServerSession) {
    this.#session = session;
  }

  reset(): void {
    this.#outgoing = undefined;
    this.#incoming = undefined;
  }

  get(request: ApduOf<'get-request'>): Uint8Array {
    const { invoke } = request;
    if (request.kind === 'next') return this.#next('get', invoke, request.block);
    this.reset();
    if (request.kind === 'normal') {
      const read = this.#read(request.attribute, request.selection);
      if (typeof read === 'string') return getError(invoke, read);
      return this.#send('get', invoke, read, join4(0xc4, 1, invoke, 0, read));
    }
    const writer = new ByteWriter(256);
    writer.length(request.attributes.length);
    for (const { attribute, selection } of request.attributes) {
      const isFull = writer.size > MAX_ANSWER_BYTES;
      this.#writeResult(writer, isFull ? 'other-reason' : this.#read(attribute, selection));
    }
    const results = writer.finish();
    return this.#send('get', invoke, results, join4(0xc4, 3, invoke, undefined, results));
  }

  set(request: ApduOf<'set-request'>): Uint8Array {
    const { invoke } = request;
    if (request.kind === 'normal') {
      this.reset();
      const result = this.#write(request.attribute, request.selection, request.value);
      return encodeApdu({ service: 'set-response', kind: 'normal', invoke, result });
    }
    if (request.kind === 'with-list') {
      this.reset();
      const results = this.#writeList(request.attributes, request.values);
      return encodeApdu({ service: 'set-response', kind: 'with-list', invoke, results });
    }
    const taken = this.#take(request);
    if (typeof taken === 'string')
      return encodeApdu({
        service: 'set-response',
        kind: 'last-block',
        invoke,
        result: taken,
        block: request.block.number,
      });
    const { number } = request.block;
    if (taken === undefined)
      return encodeApdu({ service: 'set-response', kind: 'block', invoke, block: number });
    const { first, bytes } = taken;
    if (first.service !== 'set-request')
      return encodeApdu({
        service: 'set-response',
        kind: 'last-block',
        invoke,
        result: 'long-set-aborted',
        block: number,
      });
    if (first.kind === 'first-block') {
      const value = tryDecode(bytes);
      const result =
        value === undefined ? 'type-unmatched' : this.#write(first.attribute, first.selection, value);
      return encodeApdu({ service: 'set-response', kind: 'last-block', invoke, result, block: number });
    }
    const attributes = first.kind === 'with-list-and-first-block' ? first.attributes : [];
    const reader = new ByteReader(bytes);
    const results = this.#writeList(attributes, setValues.read(reader));
    return encodeApdu({
      service: 'set-response',
      kind: 'last-block-with-list',
      invoke,
      results,
      block: number,
    });
  }

  action(request: ApduOf<'action-request'>): Uint8Array {
    const { invoke } = request;
    if (request.kind === 'next') return this.#next('action', invoke, request.block);
    if (request.kind === 'normal') {
      this.reset();
      return this.#sendOutcome(invoke, this.#invoke(request.method, request.parameters));
    }
    if (request.kind === 'with-list') {
      this.reset();
      return this.#sendOutcomes(invoke, request.methods, request.parameters);
    }
    const taken = this.#take(request);
    if (typeof taken === 'string') return this.#sendOutcome(invoke, { result: 'long-action-aborted' });
    if (taken === undefined)
      return encodeApdu({ service: 'action-response', kind: 'next', invoke, block: request.block.number });
    const { first, bytes } = taken;
    if (first.service !== 'action-request')
      return this.#sendOutcome(invoke, { result: 'long-action-aborted' });
    if (first.kind === 'first-block') {
      const parameter = tryDecode(bytes);
      const outcome =
        parameter === undefined
          ? ({ result: 'type-unmatched' } as const)
          : this.#invoke(first.method, parameter);
      return this.#sendOutcome(invoke, outcome);
    }
    const methods = first.kind === 'with-list-and-first-block' ? first.methods : [];
    return this.#sendOutcomes(invoke, methods, setValues.read(new ByteReader(bytes)));
  }

  access(request: ApduOf<'access-request'>): Uint8Array {
    const data: CosemValue[] = [];
    const results: ApduOf<'access-response'>['results'][number][] = [];
    let bytes = 0;
    for (const [i, one] of request.requests.entries()) {
      const value = request.data[i] ?? nothing;
      if (one.kind === 'action') {
        const { result, returned } = this.#invoke(one.method, value);
        data.push(returned?.value ?? nothing);
        results.push({ kind: 'action', value: result });
        continue;
      }
      const selection = 'selection' in one ? one.selection : undefined;
      if (one.kind === 'get' || one.kind === 'get-with-selection') {
        const read = bytes > MAX_ANSWER_BYTES ? 'other-reason' : this.#read(one.attribute, selection);
        bytes += read.length;
        data.push(typeof read === 'string' ? nothing : decodeData(read));
        results.push({ kind: 'get', value: typeof read === 'string' ? read : 'success' });
      } else {
        data.push(nothing);
        results.push({ kind: 'set', value: this.#write(one.attribute, selection, value) });
      }
    }
    const { invoke } = request;
    return encodeApdu({ service: 'access-response', invoke, dateTime: new Uint8Array(0), data, results });
  }

  #read(descriptor: AttributeDescriptor, selection?: AccessSelection): Uint8Array | DataAccessResult {
    const { meter, association } = this.#session;
    const { classId, instance, attribute } = descriptor;
    const object = meter.model.find(classId, instance);
    if (object === undefined)
      return meter.model.hasInstance(instance) ? 'object-class-inconsistent' : 'object-undefined';
    const right = object.rights[association.level].attributes[attribute];
    if (right === undefined || attribute < 1) return 'object-undefined';
    if ((right & READ) === 0) return 'read-write-denied';
    return meter.read(object, attribute, selection, this.#session);
  }

  #write(
    { classId, instance, attribute }: AttributeDescriptor,
    selection: AccessSelection | undefined,
    value: CosemValue,
  ): DataAccessResult {
    const { meter, association } = this.#session;
    const object = meter.model.find(classId, instance);
    if (object === undefined)
      return meter.model.hasInstance(instance) ? 'object-class-inconsistent' : 'object-undefined';
    const right = object.rights[association.level].attributes[attribute];
    if (right === undefined || attribute < 1) return 'object-undefined';
    if ((right & WRITE) === 0) return 'read-write-denied';
    if (selection !== undefined) return 'other-reason';
    return meter.write(object, attribute, value, this.#session);
  }

  #writeList(
    attributes: readonly { readonly attribute: AttributeDescriptor; readonly selection?: AccessSelection }[],
    values: readonly CosemValue[],
  ): DataAccessResult[] {
    return attributes.map(({ attribute, selection }, i) => {
      const value = values[i];
      return value === undefined ? 'type-unmatched' : this.#write(attribute, selection, value);
    });
  }

  #invoke({ classId, instance, method }: MethodDescriptor, parameter: CosemValue = nothing): ActionOutcome {
    const { meter, association } = this.#session;
    const object = meter.model.find(classId, instance);
    if (object === undefined) {
      return { result: meter.model.hasInstance(instance) ? 'object-class-inconsistent' : 'object-undefined' };
    }
    const right = object.rights[association.level].methods[method];
    // whoever may associate may prove who he is
    const isProof = classId === 15 && method === 1;
    if (right === undefined || method < 1) return { result: 'object-undefined' };
    if (!right && !isProof) return { result: 'read-write-denied' };
    const { result, returned } = meter.invoke(object, method, parameter, this.#session);
    return returned === undefined ? { result } : { result, returned: { kind: 'data', value: returned } };
  }

  #writeResult(writer: ByteWriter, read: Uint8Array | DataAccessResult): void {
    if (typeof read === 'string') writer.u16(0x0100 | codeOf(dataAccessResults, read));
    else {
      writer.u8(0);
      writer.raw(read);
    }
  }

  #sendOutcome(invoke: number, outcome: ActionOutcome): Uint8Array {
    const whole = encodeApdu({ service: 'action-response', kind: 'normal', invoke, outcome });
    if (whole.length <= this.#session.room) return whole;
    const writer = new ByteWriter(whole.length);
    actionOutcome.write(writer, outcome);
    return this.#send('action', invoke, writer.finish(), whole);
  }

  #sendOutcomes(
    invoke: number,
    methods: readonly MethodDescriptor[],
    parameters: readonly CosemValue[],
  ): Uint8Array {
    const outcomes = methods.map((method, i) => this.#invoke(method, parameters[i]));
    const writer = new ByteWriter();
    actionOutcomes.write(writer, outcomes);
    const whole = encodeApdu({ service: 'action-response', kind: 'with-list', invoke, outcomes });
    return this.#send('action', invoke, writer.finish(), whole);
  }

  /** The whole answer if it fits or cannot be cut here, else its first block. */
  #send(service: Outgoing['service'], invoke: number, bytes: Uint8Array, whole: Uint8Array): Uint8Array {
    const { room, conformance } = this.#session;
    const bit = service === 'get' ? 'block-transfer-with-get-or-read' : 'block-transfer-with-action';
    if (whole.length <= room) return whole;
    if (!conformance.has(bit)) {
      if (conformance.has('general-block-transfer')) return whole;
      return service === 'get'
        ? getError(invoke, 'other-reason')
        : this.#sendOutcome(invoke, { result: 'other-reason' });
    }
    this.#outgoing = { service, bytes, number: 0, from: 0, to: 0 };
    return this.#next(service, invoke, 0);
  }

  /** The block after `acknowledged`; once more the same when the answer was lost. */
  #next(service: Outgoing['service'], invoke: number, acknowledged: number): Uint8Array {
    const out = this.#outgoing;
    if (out === undefined || out.service !== service) {
      if (service === 'get') return getBlockError(invoke, acknowledged, 'no-long-get-in-progress');
      return this.#sendOutcome(invoke, { result: 'no-long-action-in-progress' });
    }
    const { endsNoTransfer } = this.#session.meter.model.quirks;
    if (acknowledged === out.number) {
      const size = Math.max(1, this.#session.room - BLOCK_HEAD);
      out.from = endsNoTransfer && out.to === out.bytes.length ? 0 : out.to;
      out.to = Math.min(out.bytes.length, out.from + size);
      out.number++;
    } else if (acknowledged !== out.number - 1) {
      this.#outgoing = undefined;
      if (service === 'get') return getBlockError(invoke, acknowledged, 'data-block-number-invalid');
      return this.#sendOutcome(invoke, { result: 'long-action-aborted' });
    }
    const last = out.to === out.bytes.length && !endsNoTransfer;
    const raw = out.bytes.subarray(out.from, out.to);
    const { number } = out;
    if (service === 'action')
      return encodeApdu({
        service: 'action-response',
        kind: 'with-block',
        invoke,
        block: { last, number, raw },
      });
    return encodeApdu({
      service: 'get-response',
      kind: 'with-block',
      invoke,
      block: { last, number, result: { kind: 'raw', value: raw } },
    });
  }

  /** A block of a request: undefined while more are to come, all of it after the last, or why not. */
  #take(
    request: Extract<ApduOf<'set-request'> | ApduOf<'action-request'>, { block: DataBlock }>,
  ): { readonly first: Incoming['first']; readonly bytes: Uint8Array } | DataAccessResult | undefined {
    const { block } = request;
    if (request.kind !== 'with-block') {
      this.reset();
      this.#incoming = { first: request, bytes: new ByteWriter(), number: 0 };
    }
    const incoming = this.#incoming;
    if (incoming === undefined) return 'no-long-set-in-progress';
    // the answer to it was lost
    if (block.number === incoming.number && !block.last) return undefined;
    const isTooMuch = incoming.bytes.size + block.raw.length > MAX_REQUEST_BYTES;
    if (block.number !== incoming.number + 1 || isTooMuch) {
      this.#incoming = undefined;
      return block.number === incoming.number + 1 ? 'long-set-aborted' : 'data-block-number-invalid';
    }
    incoming.number = block.number;
    incoming.bytes.raw(block.raw);
    if (!block.last) return undefined;
    this.#incoming = undefined;
    return { first: incoming.first, bytes: incoming.bytes.finish() };
  }
}

/** A value of blocks; undefined for bytes that are none. */
function tryDecode(bytes: Uint8Array): CosemValue | undefined {
  try {
    return decodeData(bytes.length === 0 ? NULL_DATA : bytes);
  } catch {
    return undefined;
  }
}

function getError(invoke: number, value: DataAccessResult): Uint8Array {
  return encodeApdu({ service: 'get-response', kind: 'normal', invoke, result: { kind: 'error', value } });
}

function getBlockError(invoke: number, number: number, value: DataAccessResult): Uint8Array {
  const block = { last: true, number, result: { kind: 'error', value } } as const;
  return encodeApdu({ service: 'get-response', kind: 'with-block', invoke, block });
}

/** An answer around bytes that are encoded already. */
function join4(
  tag: number,
  kind: number,
  invoke: number,
  choice: number | undefined,
  bytes: Uint8Array,
): Uint8Array {
  const head = choice === undefined ? 3 : 4;
  const out = new Uint8Array(head + bytes.length);
  out[0] = tag;
  out[1] = kind;
  out[2] = invoke;
  if (choice !== undefined) out[3] = choice;
  out.set(bytes, head);
  return out;
}

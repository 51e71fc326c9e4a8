/** Read and Write of a meter with short names, with parameters and blocks both ways. */

import { join } from '../../bytes.ts';
import { type ApduOf, encodeApdu } from '../apdu/apdu.ts';
import { type DataAccessResult, dataAccessResults } from '../apdu/common.ts';
import { codeOf } from '../apdu/schema.ts';
import { readRequest, writeRequest } from '../apdu/sn.ts';
import { methodAtOffset } from '../association/short-name-offsets.ts';
import { ByteReader, ByteWriter } from '../bytes.ts';
import { encodeData } from '../data.ts';
import type { CosemValue } from '../value.ts';
import { bytesOf } from '../value.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from './limits.ts';
import { CURRENT_ASSOCIATION, READ, WRITE } from './model.ts';
import type { ServerSession } from './server-session.ts';

type Variable = ApduOf<'read-request'>['variables'][number];
type WriteResult = ApduOf<'write-response'>['results'][number];

const ASSOCIATION_NAME = 0xfa00;
const CHALLENGE_OFFSET = 0x58;
const SECRET_OFFSET = 0x40;
/** Tag, count, choice, last, number, length of a block. */
const BLOCK_HEAD = 1 + 1 + 1 + 1 + 2 + 3;
const NULL_DATA = Uint8Array.of(0);

/** The services of one association, and the transfers in blocks that are under way in it. */
export class ShortNameServices {
  readonly #session: ServerSession;
  #outgoing: { readonly bytes: Uint8Array; number: number; from: number; to: number } | undefined;
  #incoming: { readonly bytes: ByteWriter; number: number } | undefined;

  constructor(session: ServerSession) {
    this.#session = session;
  }

  reset(): void {
    this.#outgoing = undefined;
    this.#incoming = undefined;
  }

  /** The answer to a challenge, or a block of one. */
  isProof({ variables }: ApduOf<'read-request'>): boolean {
    const [only] = variables;
    if (variables.length !== 1) return false;
    if (only!.kind === 'read-block' || only!.kind === 'block') return true;
    return only!.kind === 'parameterized' && (only!.name & 0xffff) === ASSOCIATION_NAME + CHALLENGE_OFFSET;
  }

  read(request: ApduOf<'read-request'>): Uint8Array {
    const [first] = request.variables;
    if (first?.kind === 'block') return this.#next(first.number);
    if (first?.kind === 'read-block') {
      const bytes = this.#take(first.last, first.number, first.raw);
      if (bytes === undefined)
        return encodeApdu({
          service: 'read-response',
          results: [{ kind: 'block-number', number: first.number }],
        });
      if (typeof bytes === 'string') return readError(bytes);
      const { variables } = readRequest.read(new ByteReader(bytes));
      return this.#readAll(variables);
    }
    this.reset();
    return this.#readAll(request.variables);
  }

  #readAll(variables: readonly Variable[]): Uint8Array {
    // someone who has not proved himself may not hide another request in blocks
    if (this.#session.state === 'pending' && !this.isProof({ service: 'read-request', variables }))
      return readError('read-write-denied');
    const writer = new ByteWriter(256);
    writer.length(variables.length);
    for (const variable of variables) {
      const read = writer.size > MAX_ANSWER_BYTES ? 'other-reason' : this.#readOne(variable);
      if (typeof read === 'string') writer.u16(0x0100 | codeOf(dataAccessResults, read));
      else {
        writer.u8(0);
        writer.raw(read);
      }
    }
    const bytes = writer.finish();
    const { room, conformance } = this.#session;
    if (bytes.length + 1 > room && conformance.has('block-transfer-with-get-or-read')) {
      this.#outgoing = { bytes, number: 0, from: 0, to: 0 };
      return this.#next(0);
    }
    return join(Uint8Array.of(0x0c), bytes);
  }

  write(request: ApduOf<'write-request'> | ApduOf<'unconfirmed-write-request'>): Uint8Array | undefined {
    const [first] = request.variables;
    let results: WriteResult[];
    if (first?.kind === 'write-block') {
      const raw = request.values[0] && bytesOf(request.values[0]);
      const bytes = raw === undefined ? 'type-unmatched' : this.#take(first.last, first.number, raw);
      if (bytes === undefined) results = [{ kind: 'block-number', number: first.number }];
      else if (typeof bytes === 'string') results = [{ kind: 'error', value: bytes }];
      else {
        const { variables, values } = writeRequest.read(new ByteReader(bytes));
        results = this.#writeAll(variables, values);
      }
    } else results = this.#writeAll(request.variables, request.values);
    return request.service === 'write-request'
      ? encodeApdu({ service: 'write-response', results })
      : undefined;
  }

  #readOne(variable: Variable): Uint8Array | DataAccessResult {
    if (variable.kind !== 'name' && variable.kind !== 'parameterized') return 'other-reason';
    const { meter, association } = this.#session;
    const name = variable.name & 0xffff;
    const parameter = variable.kind === 'parameterized' ? variable.parameter : undefined;
    if (name >= ASSOCIATION_NAME && name < ASSOCIATION_NAME + 0x100)
      return this.#ofAssociation(name - ASSOCIATION_NAME, parameter);
    const object = meter.model.findShort(name);
    if (object === undefined) return 'object-undefined';
    const offset = name - object.shortName;
    const rights = object.rights[association.level];
    const attribute = offset / 8 + 1;
    const right = rights.attributes[attribute];
    if (right !== undefined) {
      if ((right & READ) === 0) return 'read-write-denied';
      const selection =
        variable.kind === 'parameterized'
          ? { selector: variable.selector, parameters: variable.parameter }
          : undefined;
      return meter.read(object, attribute, selection, this.#session);
    }
    const method = methodAtOffset(object.classId, offset);
    if (method === undefined || parameter === undefined) return 'object-undefined';
    if (!rights.methods[method]) return 'read-write-denied';
    const { result, returned } = meter.invoke(object, method, parameter, this.#session);
    // results of methods have the same numbers as those of access, as far as they go
    if (result !== 'success') return result as DataAccessResult;
    return returned === undefined ? NULL_DATA : encodeData(returned);
  }

  /** Association SN (class 12), which lies at a fixed name. */
  #ofAssociation(offset: number, parameter: CosemValue | undefined): Uint8Array | DataAccessResult {
    const { meter, association } = this.#session;
    const current = meter.model.find(15, CURRENT_ASSOCIATION)!;
    if (offset === 0) return meter.read(current, 1, undefined, this.#session);
    if (offset === 8) return meter.model.objectList(association);
    const method = offset === CHALLENGE_OFFSET ? 1 : offset === SECRET_OFFSET ? 2 : undefined;
    if (method === undefined || parameter === undefined) return 'object-undefined';
    if (method === 2 && association.level !== 'manage') return 'read-write-denied';
    const { result, returned } = meter.invoke(current, method, parameter, this.#session);
    if (result !== 'success') return result as DataAccessResult;
    return returned === undefined ? NULL_DATA : encodeData(returned);
  }

  #writeAll(variables: readonly Variable[], values: readonly CosemValue[]): WriteResult[] {
    return variables.map((variable, i) => {
      const value = values[i];
      const result = value === undefined ? 'type-unmatched' : this.#writeOne(variable, value);
      return result === 'success' ? { kind: 'success' } : { kind: 'error', value: result };
    });
  }

  #writeOne(variable: Variable, value: CosemValue): DataAccessResult {
    if (variable.kind !== 'name') return 'other-reason';
    const { meter, association } = this.#session;
    const name = variable.name & 0xffff;
    const object = meter.model.findShort(name);
    if (object === undefined) return 'object-undefined';
    const offset = name - object.shortName;
    const rights = object.rights[association.level];
    const right = rights.attributes[offset / 8 + 1];
    if (right !== undefined)
      return (right & WRITE) === 0
        ? 'read-write-denied'
        : meter.write(object, offset / 8 + 1, value, this.#session);
    const method = methodAtOffset(object.classId, offset);
    if (method === undefined) return 'object-undefined';
    if (!rights.methods[method]) return 'read-write-denied';
    return meter.invoke(object, method, value, this.#session).result as DataAccessResult;
  }

  #next(acknowledged: number): Uint8Array {
    const out = this.#outgoing;
    if (out === undefined) return readError('no-long-get-in-progress');
    if (acknowledged === out.number) {
      out.from = out.to;
      out.to = Math.min(out.bytes.length, out.from + Math.max(1, this.#session.room - BLOCK_HEAD));
      out.number++;
    } else if (acknowledged !== out.number - 1) {
      this.#outgoing = undefined;
      return readError('data-block-number-invalid');
    }
    const block = {
      last: out.to === out.bytes.length,
      number: out.number,
      raw: out.bytes.subarray(out.from, out.to),
    };
    return encodeApdu({ service: 'read-response', results: [{ kind: 'block', ...block }] });
  }

  /** A block of a request: undefined while more are to come, all of it after the last, or why not. */
  #take(last: boolean, number: number, raw: Uint8Array): Uint8Array | DataAccessResult | undefined {
    if (number === 1 && this.#incoming?.number !== 1) {
      this.reset();
      this.#incoming = { bytes: new ByteWriter(), number: 0 };
    }
    const incoming = this.#incoming;
    if (incoming === undefined) return 'no-long-set-in-progress';
    if (number === incoming.number && !last) return undefined;
    if (number !== incoming.number + 1 || incoming.bytes.size + raw.length > MAX_REQUEST_BYTES) {
      this.#incoming = undefined;
      return 'data-block-number-invalid';
    }
    incoming.number = number;
    incoming.bytes.raw(raw);
    if (!last) return undefined;
    this.#incoming = undefined;
    return incoming.bytes.finish();
  }
}

function readError(value: DataAccessResult): Uint8Array {
  return encodeApdu({ service: 'read-response', results: [{ kind: 'error', value }] });
}

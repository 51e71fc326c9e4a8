/**
 * Messages longer than what a network carries at once, in segments that are messages themselves (C12.22
 * clause 5.3.5). Segments of a message have its titles and invocation id; offset and whole size of the
 * octets stand in the calling AE invocation id, 16 bits each.
 *
 * How the fields are carried was written from a description of the standard and never met a device: see
 * the README.
 */
import { c12Errors } from '../errors.ts';
import { type C1222Message, encodeMessage, type MessageSpec } from './acse.ts';

const MAX_OCTETS = 0xffff;
const CLAUSE = 'C12.22 clause 5.3.5';

/** Segments of at most `segmentOctets` octets; one whole message where they all fit. */
export function segmentMessage(spec: MessageSpec, segmentOctets: number): Uint8Array[] {
  const { octets } = spec;
  if (octets.length <= segmentOctets) return [encodeMessage(spec)];
  if (octets.length > MAX_OCTETS || segmentOctets < 1) {
    throw c12Errors.C12_NOT_ENCODABLE(`${octets.length} octets in segments of ${segmentOctets} (${CLAUSE})`);
  }
  const out: Uint8Array[] = [];
  for (let at = 0; at < octets.length; at += segmentOctets) {
    const callingAeInvocationId = at * 0x1_0000 + octets.length;
    out.push(
      encodeMessage({ ...spec, callingAeInvocationId, octets: octets.subarray(at, at + segmentOctets) }),
    );
  }
  return out;
}

export interface ReassemblyLimits {
  /** Messages that are incomplete at once; the oldest is given up. */
  readonly messages: number;
  /** Segments of a message. */
  readonly segments: number;
}

const defaultLimits: ReassemblyLimits = { messages: 16, segments: 1_024 };

interface Pending {
  readonly first: C1222Message;
  readonly octets: Uint8Array<ArrayBuffer>;
  /** Places that came, as [from, to) in order. */
  readonly spans: [number, number][];
}

/** Puts segments together in any order; repeats are harmless. */
export class Reassembler {
  readonly #limits: ReassemblyLimits;
  readonly #pending = new Map<string, Pending>();

  constructor(limits: ReassemblyLimits = defaultLimits) {
    this.#limits = limits;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /**
   * The whole message once its last segment is here; a message that is no segment comes back as it is.
   * Raises C12_BAD_VALUE for segments that contradict each other, C12_OVER_LIMIT.
   */
  add(message: C1222Message): C1222Message | undefined {
    const place = message.callingAeInvocationId;
    const user = message.userInformation;
    if (place === undefined || user === undefined) return message;
    const offset = Math.floor(place.value / 0x1_0000);
    const size = place.value % 0x1_0000;
    const end = offset + user.octets.length;
    if (end > size || user.octets.length === 0) {
      throw c12Errors.C12_BAD_VALUE(`segment ${offset} to ${end} of ${size} octets (${CLAUSE})`, {
        clause: CLAUSE,
      });
    }
    const name = [
      message.callingApTitle?.text,
      message.calledApTitle?.text,
      message.callingApInvocationId?.value,
      size,
    ].join(' ');
    const pending = this.#pending.get(name) ?? this.#begin(name, message, size);
    if (pending.spans.length >= this.#limits.segments) {
      this.#pending.delete(name);
      throw c12Errors.C12_OVER_LIMIT(`more than ${this.#limits.segments} segments (${CLAUSE})`);
    }
    pending.octets.set(user.octets, offset);
    cover(pending.spans, offset, end);
    const [span] = pending.spans;
    if (pending.spans.length > 1 || span![0] > 0 || span![1] < size) return undefined;
    this.#pending.delete(name);
    const { callingAeInvocationId: _, ...whole } = pending.first;
    return { ...whole, userInformation: { ...user, octets: pending.octets } };
  }

  #begin(name: string, first: C1222Message, size: number): Pending {
    if (this.#pending.size >= this.#limits.messages) {
      this.#pending.delete(this.#pending.keys().next().value!);
    }
    const pending = { first, octets: new Uint8Array(size), spans: [] };
    this.#pending.set(name, pending);
    return pending;
  }
}

/** Adds a span to spans that are in order and apart from each other. */
function cover(spans: [number, number][], from: number, to: number): void {
  let at = 0;
  while (at < spans.length && spans[at]![1] < from) at++;
  let [start, end] = [from, to];
  let count = 0;
  while (at + count < spans.length && spans[at + count]![0] <= to) {
    start = Math.min(start, spans[at + count]![0]);
    end = Math.max(end, spans[at + count]![1]);
    count++;
  }
  spans.splice(at, count, [start, end]);
}

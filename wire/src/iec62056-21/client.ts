/**
 * The reader's side as a state machine: bytes in, bytes to send and events out. Sockets, rates and
 * time-outs (1.5 s after a request) are the caller's.
 *
 *   readout      start ─▶ /?!   ◀─ identification   ─▶ ACK 0 Z 0   ◀─ data
 *   programming  start ─▶ /?!   ◀─ identification   ─▶ ACK 0 Z 1   ◀─ P0 (operand)
 *                password ─▶ P1   ◀─ ACK     read ─▶ R1   ◀─ data     write ─▶ W1   ◀─ ACK     close ─▶ B0
 *
 * For mode E use `ModeEClient` of the DLMS library, which opens it.
 */
import type { OpenAmiError } from '@openami/model';
import type { DataSet } from './data-set.ts';
import { iecErrors } from './errors.ts';
import { baudRates, type IecIdentification } from './identification.ts';
import {
  encodeIecMessage,
  errorAnswerOf,
  type IecCommand,
  type IecData,
  type IecMessage,
  type IecRecord,
  iecCommand,
} from './message.ts';
import { Iec62056Stream } from './stream.ts';

export type IecEvent =
  | { readonly event: 'identified'; readonly identification: IecIdentification }
  /** All blocks of a readout, or of an answer to a read. */
  | { readonly event: 'data'; readonly records: readonly IecRecord[] }
  /** Programming mode is open; what the meter sent for passwords that are computed. */
  | { readonly event: 'opened'; readonly operand: string }
  /** A password, a write or an execution was taken. */
  | { readonly event: 'accepted' }
  /** The meter ended the session. */
  | { readonly event: 'closed' }
  | { readonly event: 'failed'; readonly error: OpenAmiError };

export interface IecStep {
  readonly send: readonly Uint8Array[];
  /** Change to this rate once what is to be sent was sent. */
  readonly baud?: number;
  readonly events: readonly IecEvent[];
}

export interface IecClientOptions {
  readonly mode: 'readout' | 'programming';
  /** A rate above it is not agreed to. */
  readonly maxBaud?: number;
}

type State = 'closed' | 'signOn' | 'readout' | 'operand' | 'ready' | 'answer' | 'acknowledge';

const MAX_REPEATS = 3;
const MAX_BLOCKS = 10_000;

export class IecClient {
  readonly #stream = new Iec62056Stream();
  readonly #mode: IecClientOptions['mode'];
  readonly #maxBaud: number;
  #state: State = 'closed';
  #repeats = 0;
  #records: IecRecord[] = [];
  #blocks = 0;

  constructor({ mode, maxBaud = 19_200 }: IecClientOptions) {
    this.#mode = mode;
    this.#maxBaud = maxBaud;
    // what a meter sends with ACK is always ACK alone
    this.#stream.expectsOption = false;
  }

  /** Signs on; `address` for one of several meters on the line. At 300 baud. */
  start(address = ''): IecStep {
    this.#state = 'signOn';
    this.#records = [];
    return step([encodeIecMessage({ kind: 'request', address })]);
  }

  /** Level 1 is sent as it is; level 2 is what the maker's procedure makes of password and operand. */
  password(level: 1 | 2, text: string): IecStep {
    return this.#ask('acknowledge', iecCommand('P', level, { address: '', values: [{ value: text }] }));
  }

  /** Type 1 ASCII, 2 formatted, 3 and 4 the same in blocks, 5 and 6 profiles. Raises IEC_CLOSED. */
  read(set: DataSet, type = 1): IecStep {
    return this.#ask('answer', iecCommand('R', type, set));
  }

  /** Raises IEC_CLOSED. */
  write(set: DataSet, type = 1): IecStep {
    return this.#ask('acknowledge', iecCommand('W', type, set));
  }

  /** Raises IEC_CLOSED. */
  execute(set: DataSet, type = 2): IecStep {
    return this.#ask('acknowledge', iecCommand('E', type, set));
  }

  /** Ends the session, at any time. */
  close(): IecStep {
    this.#state = 'closed';
    return step([encodeIecMessage(iecCommand('B', 0))]);
  }

  receive(bytes: Uint8Array): IecStep {
    const send: Uint8Array[] = [];
    const events: IecEvent[] = [];
    let baud: number | undefined;
    for (const { frame, error } of this.#stream.push(bytes)) {
      const next = frame === undefined ? this.#damaged(error) : this.#take(frame);
      // what comes after an answer to damage is a new run: its own damage counts
      if (frame === undefined && this.#stream.pending === 0) this.#stream.flush();
      send.push(...next.send);
      events.push(...next.events);
      baud = next.baud ?? baud;
    }
    return { send, events, ...(baud !== undefined && { baud }) };
  }

  #ask(state: State, command: IecCommand): IecStep {
    if (this.#state !== 'ready') throw iecErrors.IEC_CLOSED(`state ${this.#state}`);
    this.#state = state;
    this.#repeats = 0;
    this.#records = [];
    this.#blocks = 0;
    return step([encodeIecMessage(command)]);
  }

  #damaged(error: OpenAmiError): IecStep {
    // noise before an answer is of no account
    if (error.code !== 'IEC_CHECK' || this.#state === 'closed' || this.#state === 'ready') return step([]);
    if (++this.#repeats <= MAX_REPEATS) return step([encodeIecMessage({ kind: 'nak' })]);
    return this.#failed(error);
  }

  #failed(error: OpenAmiError): IecStep {
    this.#state = this.#mode === 'programming' && this.#state !== 'operand' ? 'ready' : 'closed';
    return step([], { event: 'failed', error });
  }

  #take(message: IecMessage): IecStep {
    switch (message.kind) {
      case 'identification':
        return this.#state === 'signOn' ? this.#identified(message) : step([]);
      case 'data':
        return this.#data(message);
      case 'command':
        return this.#command(message);
      case 'ack':
        if (this.#state !== 'acknowledge') return step([]);
        this.#state = 'ready';
        return step([], { event: 'accepted' });
      case 'nak':
        if (this.#state !== 'acknowledge' && this.#state !== 'answer') return step([]);
        return this.#failed(iecErrors.IEC_REFUSED('NAK'));
      default:
        // the echo of what was sent
        return step([]);
    }
  }

  #identified({ kind: _, ...identification }: { readonly kind: string } & IecIdentification): IecStep {
    const event: IecEvent = { event: 'identified', identification };
    const { mode, baud, baudCode } = identification;
    if (mode !== 'C' && this.#mode === 'programming') {
      this.#state = 'closed';
      const error = iecErrors.IEC_UNEXPECTED(`mode ${mode}, where programming needs mode C`);
      return step([], event, { event: 'failed', error });
    }
    this.#state = this.#mode === 'readout' ? 'readout' : 'operand';
    if (mode === 'A') return step([], event);
    // the meter changes the rate by itself
    if (mode === 'B') return { ...step([], event), baud };
    const allowed = baud <= this.#maxBaud ? baudCode : this.#fastest();
    const option = this.#mode === 'readout' ? '0' : '1';
    const send = [encodeIecMessage({ kind: 'option', protocol: '0', baudCode: allowed, mode: option })];
    return { send, baud: baudRates[allowed] ?? baud, events: [event] };
  }

  #fastest(): string {
    return Object.keys(baudRates).findLast((code) => baudRates[code]! <= this.#maxBaud) ?? '0';
  }

  #data(data: IecData): IecStep {
    if (this.#state === 'acknowledge' || this.#state === 'answer' || this.#state === 'operand') {
      const refusal = errorAnswerOf(data);
      if (refusal !== undefined) return this.#failed(iecErrors.IEC_REFUSED(refusal));
    }
    if (this.#state !== 'readout' && this.#state !== 'answer') return step([]);
    if (++this.#blocks > MAX_BLOCKS) return this.#failed(iecErrors.IEC_OVER_LIMIT(`${MAX_BLOCKS} blocks`));
    this.#repeats = 0;
    for (const record of data.records) this.#records.push(record);
    if (!data.isLast) return step([encodeIecMessage({ kind: 'ack' })]);
    this.#state = this.#state === 'readout' ? 'closed' : 'ready';
    return step([], { event: 'data', records: this.#records });
  }

  #command({ command, type, data, values }: IecCommand): IecStep {
    if (command === 'B') {
      const wasOpen = this.#state !== 'closed';
      this.#state = 'closed';
      return wasOpen ? step([], { event: 'closed' }) : step([]);
    }
    if (command !== 'P' || type !== 0 || this.#state !== 'operand') return step([]);
    this.#state = 'ready';
    return step([], { event: 'opened', operand: values[0]?.value ?? data });
  }
}

function step(send: readonly Uint8Array[], ...events: readonly IecEvent[]): IecStep {
  return { send, events };
}

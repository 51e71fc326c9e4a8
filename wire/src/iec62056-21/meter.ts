/** The meter's side as a state machine, for simulated meters: what it holds is handed in. */
import type { DataSet } from './data-set.ts';
import { baudRates, type IecIdentification } from './identification.ts';
import { encodeIecMessage, type IecCommand, type IecRecord, iecCommand } from './message.ts';
import { Iec62056Stream } from './stream.ts';

export interface IecMeterModel {
  readonly identification: IecIdentification;
  /** A request without address is for every meter. */
  readonly address?: string;
  /** What a readout tells. */
  readonly readout: () => readonly IecRecord[];
  /** Sent when programming mode is opened. */
  readonly operand?: string;
  /** Whether a password is right; without it none is needed. */
  readonly password?: (level: number, text: string) => boolean;
  /** The answer to a read; undefined for an address that the meter does not have. */
  readonly read?: (address: string, argument: string, type: number) => readonly IecRecord[] | undefined;
  /** Whether a write was done. */
  readonly write?: (set: DataSet, type: number) => boolean;
  readonly execute?: (set: DataSet, type: number) => boolean;
}

export interface IecMeterStep {
  readonly send: readonly Uint8Array[];
  /** Change to this rate once what is to be sent was sent; before it, where nothing is. */
  readonly baud?: number;
}

type State = 'idle' | 'identified' | 'readout' | 'programming';

/** Wrong passwords after which the session is ended. */
const MAX_ATTEMPTS = 3;
/** Records of a block in the reads that come in blocks. */
const BLOCK_RECORDS = 32;
const refused: IecRecord = { address: '', values: [{ value: 'ERR1' }] };

export class IecMeter {
  readonly #stream = new Iec62056Stream();
  readonly #model: IecMeterModel;
  #state: State = 'idle';
  #isTrusted = false;
  #attempts = 0;
  #last: Uint8Array = new Uint8Array(0);
  #blocks: Uint8Array[] = [];

  constructor(model: IecMeterModel) {
    this.#model = model;
  }

  receive(bytes: Uint8Array): IecMeterStep {
    const send: Uint8Array[] = [];
    let baud: number | undefined;
    for (const { frame, error } of this.#stream.push(bytes)) {
      if (frame === undefined) {
        if (error.code === 'IEC_CHECK' && this.#state === 'programming') {
          send.push(nak());
          // what comes after it is a new run: its own damage counts
          if (this.#stream.pending === 0) this.#stream.flush();
        }
        continue;
      }
      switch (frame.kind) {
        case 'request':
          send.push(...this.#signOn(frame.address));
          break;
        case 'option':
          if (this.#state !== 'identified' || frame.protocol !== '0') break;
          baud = baudRates[frame.baudCode];
          send.push(...this.#option(frame.mode));
          break;
        case 'ack':
          send.push(...this.#next());
          break;
        case 'nak':
          if (this.#last.length > 0) send.push(this.#last);
          break;
        case 'command':
          if (this.#state === 'programming') send.push(...this.#command(frame));
          break;
      }
      this.#stream.expectsOption = this.#state !== 'programming' && this.#state !== 'readout';
    }
    return { send, ...(baud !== undefined && { baud }) };
  }

  #signOn(address: string): Uint8Array[] {
    const bare = (text: string): string => text.replace(/^0+/, '');
    if (address !== '' && bare(address) !== bare(this.#model.address ?? '')) return [];
    const { identification } = this.#model;
    this.#state = 'identified';
    const line = encodeIecMessage({ kind: 'identification', ...identification });
    if (identification.mode === 'C') return [line];
    return [line, ...this.#readout()];
  }

  #option(mode: string): Uint8Array[] {
    if (mode === '0') return this.#readout();
    if (mode !== '1') return [];
    this.#state = 'programming';
    this.#isTrusted = this.#model.password === undefined;
    this.#attempts = 0;
    return this.#answer(
      encodeIecMessage(iecCommand('P', 0, { address: '', values: [{ value: this.#model.operand ?? '' }] })),
    );
  }

  #readout(): Uint8Array[] {
    this.#state = 'readout';
    const records = this.#model.readout();
    return this.#answer(encodeIecMessage({ kind: 'data', records, isReadout: true, isLast: true }));
  }

  /** Remembers what is sent, in case it has to be sent again. */
  #answer(first: Uint8Array, ...later: Uint8Array[]): Uint8Array[] {
    this.#last = first;
    this.#blocks = later;
    return [first];
  }

  #next(): Uint8Array[] {
    const [block, ...later] = this.#blocks;
    return block === undefined ? [] : this.#answer(block, ...later);
  }

  #command(command: IecCommand): Uint8Array[] {
    const { address, values, type } = command;
    const set = { address, values };
    switch (command.command) {
      case 'B':
        this.#state = 'idle';
        this.#last = new Uint8Array(0);
        return [];
      case 'P':
        return this.#password(type, values[0]?.value ?? '');
      case 'R': {
        const records = this.#isTrusted
          ? this.#model.read?.(address, values[0]?.value ?? '', type)
          : undefined;
        return records === undefined ? this.#refuse() : this.#records(records, type);
      }
      default: {
        const act = command.command === 'W' ? this.#model.write : this.#model.execute;
        return this.#isTrusted && act?.(set, type) === true ? this.#answer(ack()) : this.#refuse();
      }
    }
  }

  #password(level: number, text: string): Uint8Array[] {
    this.#isTrusted ||= this.#model.password?.(level, text) === true;
    if (this.#isTrusted) return this.#answer(ack());
    if (++this.#attempts < MAX_ATTEMPTS) return this.#refuse();
    this.#state = 'idle';
    return this.#answer(encodeIecMessage(iecCommand('B', 0)));
  }

  #refuse(): Uint8Array[] {
    return this.#answer(
      encodeIecMessage({ kind: 'data', records: [refused], isReadout: false, isLast: true }),
    );
  }

  /** Reads 3, 4 and 6 are answered in blocks, each sent when the one before was acknowledged. */
  #records(records: readonly IecRecord[], type: number): Uint8Array[] {
    const size = type === 3 || type === 4 || type === 6 ? BLOCK_RECORDS : Math.max(1, records.length);
    const blocks: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < records.length; at += size) {
      const part = records.slice(at, at + size);
      const isLast = at + size >= records.length;
      blocks.push(encodeIecMessage({ kind: 'data', records: part, isReadout: false, isLast }));
    }
    const [first, ...later] = blocks;
    return this.#answer(first!, ...later);
  }
}

function ack(): Uint8Array {
  return encodeIecMessage({ kind: 'ack' });
}

function nak(): Uint8Array {
  return encodeIecMessage({ kind: 'nak' });
}

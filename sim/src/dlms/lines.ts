/** Meters on a connection: bytes to APDUs to answers to bytes, in wrapper or HDLC frames. */
import {
  clientAddress,
  decodeGateway,
  encodeGateway,
  encodeHdlcNotification,
  encodeWrapper,
  HdlcServer,
  type HdlcServerStep,
  ModeEServer,
  WrapperDecoder,
} from '@openami/wire/dlms';
import { MANUFACTURER } from '../protocols.ts';
import { type Board, deviceOf } from './board.ts';
import type { MeterLine, SimDlmsMeter } from './meter.ts';

export type LineFraming = 'wrapper' | 'hdlc';

/** The connection under a line. */
export interface LineOut {
  write(bytes: Uint8Array): void;
  destroy(): void;
}

export interface Line extends MeterLine {
  bytes(chunk: Uint8Array): void;
  closed(): void;
  /** What a meter sends by itself. */
  notify(meter: SimDlmsMeter, apdu: Uint8Array): void;
  /** Lets time-outs pass; real time, ms. */
  tick(nowMs: number): void;
}

/** Wrapper port and HDLC address of who takes pushes. */
const PUSH_CLIENT = 0x67;
/** The sign-on of mode E begins with it, and no HDLC frame does. */
const SLASH = 0x2f;
const identification = {
  maker: MANUFACTURER,
  baud: 9600,
  baudCode: '5',
  namesModeE: true,
  identification: 'SIM',
} as const;
const hdlcParameters = { transmitBytes: 1024, receiveBytes: 1024, transmitWindow: 7, receiveWindow: 7 };

export function lineOf(framing: LineFraming, board: Board, out: LineOut): Line {
  return framing === 'wrapper' ? new WrapperLine(board, out) : new HdlcLine(board, out);
}

/** The frame or frames of a push. */
export function pushBytes(framing: LineFraming, board: Board, meter: SimDlmsMeter, apdu: Uint8Array) {
  if (framing === 'wrapper') {
    return encodeWrapper({ source: board.portOf(meter), destination: PUSH_CLIENT, apdu });
  }
  const link = { client: clientAddress(PUSH_CLIENT), server: board.addressOf(meter) };
  return joined(encodeHdlcNotification(link, apdu));
}

/** The device an APDU is for by its prefix; undefined where it has none, or half of one. */
function behindOf(apdu: Uint8Array) {
  try {
    return decodeGateway(apdu);
  } catch {
    return undefined;
  }
}

class WrapperLine implements Line {
  readonly #board: Board;
  readonly #out: LineOut;
  readonly #decoder = new WrapperDecoder();
  /** Meters that were talked to; one, or as many as there are behind a gateway. */
  #met: SimDlmsMeter | Set<SimDlmsMeter> | undefined;
  /** Meters that were addressed by the gateway protocol, and the port of the gateway that was. */
  readonly #byDevice = new Map<SimDlmsMeter, number>();

  constructor(board: Board, out: LineOut) {
    this.#board = board;
    this.#out = out;
  }

  bytes(chunk: Uint8Array): void {
    for (const { frame } of this.#decoder.push(chunk)) {
      if (frame === undefined) continue;
      const { source: clientSap, destination } = frame;
      const behind = behindOf(frame.apdu);
      const meter = behind ? this.#board.byDevice(behind) : this.#board.byPort(destination);
      if (meter === undefined) continue;
      this.#meet(meter);
      if (behind !== undefined) this.#byDevice.set(meter, destination);
      const answer = meter.handle(behind?.apdu ?? frame.apdu, clientSap, this);
      if (answer !== undefined) this.send(clientSap, meter, answer);
    }
  }

  send(clientSap: number, meter: SimDlmsMeter, apdu: Uint8Array): void {
    const port = this.#byDevice.get(meter);
    const source = port ?? this.#board.portOf(meter);
    const told = port === undefined ? apdu : encodeGateway({ kind: 'response', ...deviceOf(meter), apdu });
    this.#out.write(encodeWrapper({ source, destination: clientSap, apdu: told }));
  }

  notify(meter: SimDlmsMeter, apdu: Uint8Array): void {
    this.#out.write(pushBytes('wrapper', this.#board, meter, apdu));
  }

  drop(): void {
    this.#out.destroy();
  }

  closed(): void {
    const met = this.#met;
    if (met instanceof Set) for (const meter of met) meter.disconnected(this);
    else met?.disconnected(this);
  }

  tick(): void {}

  #meet(meter: SimDlmsMeter): void {
    const met = this.#met;
    if (met === undefined || met === meter) this.#met = meter;
    else if (met instanceof Set) met.add(meter);
    else this.#met = new Set([met, meter]);
  }
}

class HdlcLine implements Line {
  readonly #board: Board;
  readonly #out: LineOut;
  readonly #hdlc: HdlcServer;
  #modeE: ModeEServer | undefined;
  #heard = false;

  constructor(board: Board, out: LineOut) {
    this.#board = board;
    this.#out = out;
    this.#hdlc = new HdlcServer({
      accepts: (address) => board.byAddress(address)?.isPowered ?? false,
      parameters: hdlcParameters,
      maxLinks: 64,
    });
  }

  bytes(chunk: Uint8Array): void {
    if (!this.#heard && chunk[0] === SLASH) this.#modeE = new ModeEServer(identification);
    this.#heard = true;
    if (this.#modeE === undefined) this.#do(this.#hdlc.receive(chunk, performance.now()));
    else this.#signOn(this.#modeE, chunk);
  }

  notify(meter: SimDlmsMeter, apdu: Uint8Array): void {
    this.#out.write(pushBytes('hdlc', this.#board, meter, apdu));
  }

  drop(): void {
    this.#out.destroy();
  }

  closed(): void {
    // every link is idle for longer than it may be
    this.#do(this.#hdlc.tick(Number.POSITIVE_INFINITY));
  }

  tick(nowMs: number): void {
    this.#do(this.#hdlc.tick(nowMs));
  }

  #do({ send, events }: HdlcServerStep): void {
    const frames = [...send];
    for (const event of events) {
      if (event.type !== 'pdu' && event.type !== 'disconnected') continue;
      const { link } = event;
      const meter = this.#board.byAddress(link.server);
      if (meter === undefined) continue;
      if (event.type === 'disconnected') {
        meter.disconnected(this, link.client.upper);
        continue;
      }
      const answer = meter.handle(event.pdu, link.client.upper, this);
      if (answer !== undefined) frames.push(...this.#hdlc.send(link, answer).send);
    }
    if (frames.length > 0) this.#out.write(joined(frames));
  }

  #signOn(modeE: ModeEServer, chunk: Uint8Array): void {
    try {
      const { send, done, rest } = modeE.receive(chunk);
      if (send.length > 0) this.#out.write(joined(send));
      if (done === undefined) return;
      this.#modeE = undefined;
      if (rest !== undefined && rest.length > 0) this.#do(this.#hdlc.receive(rest, performance.now()));
    } catch {
      this.#out.destroy();
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1) return first!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

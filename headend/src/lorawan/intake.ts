/**
 * From a network server's event to the push message that the head-end stores. What is remembered of a frame
 * (its counter) is remembered when the caller says that it is stored, so that a delivery that failed may come
 * again.
 */
import { OpenAmiError } from '@openami/model';
import type { PushMessage } from '@openami/wire';
import {
  type CountedFrame,
  CounterBook,
  type CounterVerdict,
  type FrameTime,
  frameTime,
  type JoinEvent,
  takeFrame,
  type UplinkEvent,
} from '@openami/wire/lorawan';
import { type CodecDefinition, SCRIPT_DECODER, SERVER_DECODER, scriptOf } from './codec.ts';
import { codecErrors } from './codec-errors.ts';
import type { CodecRunner } from './codec-host.ts';
import { mapData } from './mapping.ts';
import { dataOf } from './result.ts';
import type { CodecScript } from './sandbox.ts';

/** A decoder that is built in, such as that of M-Bus records; handed in by whoever composes the head-end. */
export interface PayloadDecoder {
  /**
   * Throws errors of its own catalogue. `device` and times of the frame are those to use where the payload
   * has none; `codec`: what it says of the payload.
   */
  decode(bytes: Uint8Array, frame: PayloadFrame, codec: CodecDefinition): PushMessage | Promise<PushMessage>;
}

export interface PayloadFrame {
  readonly devEui: string;
  readonly fPort: number;
  readonly fCnt: number;
  /** ms since 1970. */
  readonly frameMs: number;
}

/** Which codec a device has; undefined for none. Asked for every uplink: it must answer from memory. */
export interface CodecDirectory {
  codecOf(event: UplinkEvent): CodecDefinition | undefined;
}

/** What is in an uplink. */
export type UplinkContent =
  | {
      readonly kind: 'message';
      readonly message: PushMessage;
      readonly warnings: readonly string[];
      /** What the codec made of it; a built-in decoder makes the message alone. */
      readonly data?: unknown;
    }
  /** MAC commands only. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'no-codec' }
  /** A port that the codec does not decode. */
  | { readonly kind: 'other-port' }
  | { readonly kind: 'failed'; readonly error: OpenAmiError };

/** `duplicate`: seen and stored before. */
export type UplinkOutcome = UplinkTaken & (UplinkContent | { readonly kind: 'duplicate' });

export interface UplinkTaken {
  readonly time: FrameTime;
  /** To be called once the frame is stored for good; tells what its counter said. */
  settle(): CounterVerdict;
}

export interface IntakeOptions {
  readonly runner: CodecRunner;
  readonly codecs: CodecDirectory;
  readonly decoders: ReadonlyMap<string, PayloadDecoder>;
  readonly counters?: CounterBook;
}

export class LorawanIntake {
  readonly counters: CounterBook;
  readonly #options: IntakeOptions;
  /** Hashing a script for each payload would cost more than decoding it. */
  readonly #scripts = new WeakMap<CodecDefinition, CodecScript>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.counters = options.counters ?? new CounterBook();
  }

  /** Decodes an uplink. Rejects only with CODEC_BUSY and CODEC_CLOSED: it should come again. */
  async take(event: UplinkEvent, receivedMs: number): Promise<UplinkOutcome> {
    const { devEui } = event.device;
    const time = frameTime(event, receivedMs);
    const frame: CountedFrame = {
      fCnt: event.fCnt,
      bits: 32,
      session: event.sessionId,
      deduplicationId: event.deduplicationId,
      timeMs: event.serverMs ?? receivedMs,
    };
    const taken: UplinkTaken = { time, settle: () => this.counters.take(devEui, frame) };
    if (takeFrame(this.counters.state(devEui), frame).verdict.kind === 'duplicate') {
      return { kind: 'duplicate', ...taken };
    }
    return { ...taken, ...(await this.#read(event, time.ms)) };
  }

  /**
   * What is in an uplink that was kept, whatever its counter says. Rejects only with CODEC_BUSY and
   * CODEC_CLOSED.
   */
  read(event: UplinkEvent, receivedMs: number): Promise<UplinkContent> {
    return this.#read(event, frameTime(event, receivedMs).ms);
  }

  async #read(event: UplinkEvent, frameMs: number): Promise<UplinkContent> {
    if (event.fPort === 0 || event.bytes.length === 0) return { kind: 'empty' };
    const codec = this.#options.codecs.codecOf(event);
    if (codec === undefined) return { kind: 'no-codec' };
    if (codec.fPorts.length > 0 && !codec.fPorts.includes(event.fPort)) return { kind: 'other-port' };
    try {
      return { kind: 'message', ...(await this.#decode(codec, event, frameMs)) };
    } catch (error) {
      if (!(error instanceof OpenAmiError) || error.code === 'CODEC_BUSY' || error.code === 'CODEC_CLOSED')
        throw error;
      return { kind: 'failed', error };
    }
  }

  /** A join begins a new session: the counters of the one before say nothing of it. */
  join({ device, sessionId }: JoinEvent): void {
    const state = this.counters.state(device.devEui);
    // where sessions have names, the next frame tells; else it would be taken for a late one
    if (state !== undefined && (sessionId === null || state.session === null))
      this.counters.forget(device.devEui);
  }

  async #decode(codec: CodecDefinition, event: UplinkEvent, frameMs: number) {
    const { fPort, fCnt, bytes } = event;
    const { devEui, tags } = event.device;
    if (codec.decoder === SERVER_DECODER) {
      const { decoded } = event;
      if (decoded === null) throw codecErrors.CODEC_BAD_RESULT('the network server decoded nothing');
      const message = mapData(decoded, codec.mapping, { device: devEui, frameMs });
      return { message, warnings: [], data: decoded };
    }
    if (codec.decoder !== SCRIPT_DECODER) {
      const decoder = this.#options.decoders.get(codec.decoder);
      if (decoder === undefined) throw codecErrors.CODEC_INVALID(`there is no decoder ${codec.decoder}`);
      const frame = { devEui, fPort, fCnt, frameMs };
      return { message: await decoder.decode(bytes, frame, codec), warnings: [] };
    }
    const time = new Date(frameMs).toISOString();
    const input = { bytes: Array.from(bytes), fPort, fCnt, devEui, recvTime: time, time, variables: tags };
    const { data, warnings } = dataOf(
      await this.#options.runner.run(this.#scriptOf(codec), 'decodeUplink', input),
    );
    return { message: mapData(data, codec.mapping, { device: devEui, frameMs }), warnings, data };
  }

  #scriptOf(codec: CodecDefinition): CodecScript {
    let script = this.#scripts.get(codec);
    if (script === undefined) {
      script = scriptOf(codec);
      this.#scripts.set(codec, script);
    }
    return script;
  }
}

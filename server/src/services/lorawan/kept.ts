/** Uplinks that were kept: read again, once a device has a codec, or another one. */
import type { Ingest } from '@openami/headend';
import type { LorawanIntake, UplinkContent } from '@openami/headend/lorawan';
import { type AccessContext, type Frame, OpenAmiError } from '@openami/model';
import type { ReadingStore } from '@openami/store';
import type { PushMessage } from '@openami/wire';
import type { LorawanEvent } from '@openami/wire/lorawan';
import { keptFrames, Storing } from '../kept-frames.ts';
import { atTrueTime } from './belief.ts';
import { eventOfKept } from './network-server.ts';

export interface KeptOptions {
  readonly store: Pick<ReadingStore, 'evidence'>;
  readonly ingest: Pick<Ingest, 'accept'>;
  readonly intake: LorawanIntake;
  readonly nameOf: (devEui: string) => string;
  /** Whether a message is of the network server at which its device is known. */
  readonly isOf: (event: LorawanEvent) => boolean;
}

export interface Replayed {
  /** Kept uplinks that gave readings or events. */
  readonly read: number;
  /** Those that the codec could not read. */
  readonly failed: number;
  /** What became of the newest; absent where none was kept. */
  readonly lastKind?: UplinkContent['kind'];
  /** Of the error of the newest that failed; empty for none. */
  readonly code: string;
}

export class KeptUplinks {
  readonly #options: KeptOptions;

  constructor(options: KeptOptions) {
    this.#options = options;
  }

  /** A message under the name of the device's meter, unless the payload names another. */
  named(message: PushMessage, devEui: string): PushMessage {
    return message.device === devEui ? { ...message, device: this.#options.nameOf(devEui) } : message;
  }

  /**
   * Reads what was kept of a device and gave no readings; `all`: whatever was kept. `before`: the name of its
   * meter until now.
   */
  async replay(ctx: AccessContext, devEui: string, before: string, all: boolean): Promise<Replayed> {
    let read = 0;
    let failed = 0;
    let last: { kind?: UplinkContent['kind']; code: string } = { code: '' };
    const names = new Set([devEui, before, this.#options.nameOf(devEui)]);
    const frames = await this.#frames(ctx, names);
    const storing = new Storing();
    // the oldest first, as they came
    for (const { payload, receivedMs, accepted, outcome } of frames.reverse()) {
      if (accepted > 0 && !all) continue;
      const event = this.#believed(eventOfKept(payload), outcome, receivedMs);
      if (event?.type !== 'up' || event.device.devEui !== devEui) continue;
      const content = await this.#options.intake.read(event, receivedMs);
      last = { kind: content.kind, code: content.kind === 'failed' ? content.error.code : '' };
      if (content.kind === 'failed') failed += 1;
      if (content.kind !== 'message') continue;
      const message = this.named(content.message, devEui);
      if (message.series.length + message.events.length + message.rejectCount === 0) continue;
      const from = { source: 'lorawan', device: message.device, receivedMs } as const;
      await storing.add(this.#options.ingest.accept({ ...from, messages: [message] }));
      read += 1;
    }
    await storing.done();
    return { read, failed, code: last.code, ...(last.kind ? { lastKind: last.kind } : {}) };
  }

  /** What was refused as being of another server is read once the device moved there; else as it was. */
  #believed(event: LorawanEvent | undefined, outcome: string, receivedMs: number): LorawanEvent | undefined {
    if (event === undefined) return undefined;
    if (outcome === 'LORAWAN_OTHER_SERVER' && !this.#options.isOf(event)) return undefined;
    try {
      return atTrueTime(event, receivedMs);
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      return undefined;
    }
  }

  /** Kept frames under each of these names, the newest first. */
  async #frames(ctx: AccessContext, names: Iterable<string>): Promise<Frame[]> {
    const { evidence } = this.#options.store;
    const found: Frame[] = [];
    for (const device of names)
      found.push(...(await keptFrames(evidence, ctx, { source: 'lorawan', device })));
    return found.sort((one, other) => other.receivedMs - one.receivedMs);
  }
}

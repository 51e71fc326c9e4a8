/** The parts of a streamed body: some under way to the disk at a time, and the sum of their receipts. */
import { OpenAmiError } from '@openami/model';
import type { IngestLimits, IngestReceipt } from './types.ts';

type SumKey = Exclude<keyof IngestReceipt, 'rejected'>;

export class StreamTotal {
  readonly #limits: Pick<IngestLimits, 'receiptRejections' | 'bodyParts'>;
  readonly #underWay: Promise<IngestReceipt | undefined>[] = [];
  readonly #listed: IngestReceipt['rejected'][number][] = [];
  readonly #sum: Record<SumKey, number> = {
    ...{ messages: 0, accepted: 0, rejectedTotal: 0, rejectedCut: 0, unregistered: 0, missing: 0, events: 0 },
  };
  /** True when a part could not be stored; `failure` is the first one's error. */
  failed = false;
  failure: unknown;

  constructor(limits: Pick<IngestLimits, 'receiptRejections' | 'bodyParts'>) {
    this.#limits = limits;
  }

  /**
   * Starts a part and waits until it is read: until it calls `read`, or is done. Then it is on its way to the
   * disk, and this waits while more are than may be. Never rejects.
   */
  async add(start: (read: () => void) => Promise<IngestReceipt>): Promise<void> {
    await new Promise<void>((read) => {
      const part = start(read).catch((error: unknown) => {
        if (!this.failed) this.failure = error;
        this.failed = true;
        return undefined;
      });
      this.#underWay.push(part);
      part.then(() => read());
    });
    while (this.#underWay.length >= this.#limits.bodyParts) await this.#countNext();
  }

  /** Waits for what is under way. */
  async settle(): Promise<void> {
    while (this.#underWay.length > 0) await this.#countNext();
  }

  receipt(): IngestReceipt {
    return { ...this.#sum, rejected: this.#listed };
  }

  /**
   * The error, telling in `data.receipt` what was stored before it. A copy, because all messages of a
   * commit share the error of its failure.
   */
  explain(error: unknown): unknown {
    if (!(error instanceof OpenAmiError)) return error;
    const { code, fault, status, hint, message, data } = error;
    const told = { ...data, receipt: this.receipt() };
    return new OpenAmiError(code, { fault, status, title: message, hint }, message, told, error);
  }

  /** In the order of the body, so that the first rejections of it are the ones listed. */
  async #countNext(): Promise<void> {
    const receipt = await this.#underWay[0];
    this.#underWay.shift();
    if (receipt === undefined) return;
    for (const key of Object.keys(this.#sum) as SumKey[]) this.#sum[key] += receipt[key];
    for (const rejection of receipt.rejected) {
      if (this.#listed.length < this.#limits.receiptRejections) this.#listed.push(rejection);
    }
  }
}

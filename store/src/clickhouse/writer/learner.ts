/**
 * Learns the newest stored end of each channel. Until it has, every reading is looked up: slower, just as
 * right, so it is done in the background and a start is as quick with a billion readings as with none.
 */
import type { EngineClient } from '../client.ts';
import type { Log } from '../engine/engine.ts';
import type { HighWater } from './group.ts';

const againMs = 1_000;

export class Learner {
  private readonly client: EngineClient;
  private readonly high: HighWater;
  private readonly log: Log;
  /** Counts the beginnings: an answer from before the last one may be out of date. */
  private begun = 0;
  private closed = false;
  private work: Promise<unknown> = Promise.resolve();

  constructor(client: EngineClient, high: HighWater, log: Log) {
    this.client = client;
    this.high = high;
    this.log = log;
  }

  /** Takes nothing for known any more and learns it anew, in the background and until it succeeds. */
  begin(): void {
    const turn = ++this.begun;
    this.high.loaded = false;
    this.work = Promise.all([this.work, this.keepTrying(turn)]);
  }

  /** Reads the ends now. */
  async load(): Promise<void> {
    const turn = this.begun;
    const stored = await this.client.select(
      'SELECT channel, max(end) AS latest FROM openami.reading GROUP BY channel',
    );
    const channels = stored.u32('channel');
    const ends = stored.u32('latest');
    for (let i = 0; i < stored.rows; i++) this.high.raise(channels[i]!, ends[i]!);
    if (turn === this.begun) this.high.loaded = true;
  }

  /** Ends the attempts. */
  async close(): Promise<void> {
    this.closed = true;
    await this.work;
  }

  private async keepTrying(turn: number): Promise<void> {
    while (!this.closed && turn === this.begun && !this.high.loaded) {
      try {
        await this.load();
      } catch (error) {
        this.log.warn({ err: error }, 'the newest ends were not loaded yet');
        await new Promise((resolve) => setTimeout(resolve, againMs));
      }
    }
  }
}

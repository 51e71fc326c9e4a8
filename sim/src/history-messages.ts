/**
 * The messages of history: what a meter says of a day, as its concentrator hands it on, in one message for
 * each time of receipt. All meters say it in OpenAMI's own message, and in JSON, which people can read.
 */
import type { Frame } from '@openami/model';
import { encodePush } from '@openami/wire';
import { bodyOf, SeriesRows } from './messages.ts';
import type { SimChannel, SimMeter } from './world-types.ts';

/** One message of a meter on its way. */
class Letter {
  readonly #rows = new Map<number, SeriesRows>();
  #accepted = 0;
  #outcome = 'OK';

  put(meter: SimMeter, channel: SimChannel, end: number, counts: number, outcome: string): void {
    let rows = this.#rows.get(channel.index);
    if (rows === undefined) {
      rows = new SeriesRows(meter, channel);
      this.#rows.set(channel.index, rows);
    }
    rows.add(end, counts);
    if (outcome === 'OK') this.#accepted++;
    else if (this.#outcome === 'OK') this.#outcome = outcome;
  }

  frame(meter: SimMeter, meterId: number, receivedS: number): Frame {
    const series = [...this.#rows.values()].map((rows) => rows.series());
    return {
      ...{ receivedMs: receivedS * 1000, source: 'sim', device: meter.serial, meter: meterId },
      payload: encodePush('json', bodyOf(meter, meter.serial, receivedS, series)),
      ...{ accepted: this.#accepted, outcome: this.#outcome },
    };
  }
}

/** What one meter says of one day. */
export class DayLetters {
  readonly #meter: SimMeter;
  readonly #letters = new Map<number, Letter>();

  constructor(meter: SimMeter) {
    this.#meter = meter;
  }

  /** Adds a reading, those of a channel oldest first; `outcome` is `OK` or why it is refused. */
  put(receivedS: number, channel: SimChannel, end: number, counts: number, outcome = 'OK'): void {
    let letter = this.#letters.get(receivedS);
    if (letter === undefined) {
      letter = new Letter();
      this.#letters.set(receivedS, letter);
    }
    letter.put(this.#meter, channel, end, counts, outcome);
  }

  /** The messages that are received from `fromS` on, epoch seconds. */
  *frames(meterId: number, fromS: number): Generator<Frame, void, undefined> {
    for (const [receivedS, letter] of this.#letters)
      if (receivedS >= fromS) yield letter.frame(this.#meter, meterId, receivedS);
  }
}

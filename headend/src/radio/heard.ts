/** Meters that are heard over the air, by the paths their telegrams take. */
import type { MbusAddress } from '@openami/wire/mbus';
import { type Heard, type HeardLimits, SignalBook } from '../heard-book.ts';

/** What became of a meter's last telegram. */
export type HeardState =
  /** Read, and nothing of it is secret. */
  | 'plain'
  | 'decrypted'
  | 'no-key'
  | 'wrong-key'
  /** Damaged, or of a kind that is not known. */
  | 'unreadable';

/** Its name is `KAM-12345678`. */
export type HeardMeter = Heard<MbusAddress, HeardState>;

/** The name by which a meter that is heard is known: manufacturers number their meters, each for himself. */
export function heardName({ manufacturer, id }: Pick<MbusAddress, 'manufacturer' | 'id'>): string {
  return `${manufacturer}-${id}`;
}

export class HeardBook extends SignalBook<MbusAddress, HeardState> {
  constructor(limits: Partial<HeardLimits> = {}) {
    super({ nameOf: heardName, atFirst: 'unreadable', isOurs: (state) => state === 'decrypted' }, limits);
  }
}

/** Meters whose telegrams gateways hand on, over the air or out of a port, by the paths they take. */
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

/** How a meter speaks: over the air, or out of its port. */
export type TelegramProtocol = 'wmbus' | 'p1' | 'sml' | 'iec62056-21';

/** Of a meter's port, `id` is its name, `type` what it measures by the device types of EN 13757. */
export interface HeardFacts extends MbusAddress {
  /** Absent: over the air. */
  readonly protocol?: TelegramProtocol;
}

/** Its name is `KAM-12345678`, or what it says of itself at its port. */
export type HeardMeter = Heard<HeardFacts, HeardState>;

/** The name by which a meter that is heard is known: manufacturers number their meters, each for himself. */
export function heardName({ manufacturer, id }: Pick<MbusAddress, 'manufacturer' | 'id'>): string {
  return `${manufacturer}-${id}`;
}

/** Names of meters that are heard over the air. */
const radioName = /^[A-Z@[\\\]^_]{3}-[0-9a-f]{8}$/;

/** Whether a name is one of a meter that is heard over the air. */
export function isRadioName(name: string): boolean {
  return radioName.test(name);
}

function nameOfFacts(facts: HeardFacts): string {
  return (facts.protocol ?? 'wmbus') === 'wmbus' ? heardName(facts) : facts.id;
}

export class HeardBook extends SignalBook<HeardFacts, HeardState> {
  constructor(limits: Partial<HeardLimits> = {}) {
    super({ nameOf: nameOfFacts, atFirst: 'unreadable', isOurs: (state) => state === 'decrypted' }, limits);
  }
}

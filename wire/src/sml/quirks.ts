/** Where meters differ from the standard, as data: which meters, which objects, what they mean. */
import type { SmlServer } from './server-id.ts';
import type { SmlInteger } from './tlv.ts';

export interface SmlQuirk {
  readonly name: string;
  readonly why: string;
  readonly maker: string;
  /** Numbers of DIN 43863-5 of the meters concerned, both ends included. */
  readonly serials: readonly (readonly [first: number, last: number])[];
  /** Objects concerned, `1-0:16.7.0*255`. */
  readonly objects: readonly string[];
  /** The integer that was meant, where it differs. */
  mend(sent: SmlInteger): number | bigint | undefined;
}

const activePowers = ['1-0:16.7.0*255', '1-0:36.7.0*255', '1-0:56.7.0*255', '1-0:76.7.0*255'];

export const smlQuirks: readonly SmlQuirk[] = [
  {
    name: 'positive-in-too-few-bytes',
    why:
      'DVS74 before firmware 1.2 leave out the leading zero byte of a positive power, so that 400.00 W ' +
      'reads as -255.36 W; negative powers come in four bytes and are right.',
    maker: 'DZG',
    serials: [
      [42_000_000, 48_999_999],
      [55_000_000, 58_999_999],
    ],
    objects: activePowers,
    mend({ type, value, bytes }) {
      const isCut = type === 'integer' && bytes < 4 && value < 0;
      return isCut ? Number(value) + 2 ** (8 * bytes) : undefined;
    },
  },
];

/** Quirks of a meter; most have none. */
export function quirksOf({ maker, serial }: SmlServer): readonly SmlQuirk[] {
  if (maker === undefined || serial === undefined) return [];
  return smlQuirks.filter(
    (quirk) =>
      quirk.maker === maker && quirk.serials.some(([first, last]) => first <= serial && serial <= last),
  );
}

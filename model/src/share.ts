/** A share as it is read: one rounding for everything that says how much of something is of a kind. */

export interface ReadShare {
  /** Percent with one decimal. */
  readonly percent: number;
  /** It is something, and less than `percent`. */
  readonly isLess: boolean;
}

/** The least that is said of what is not nothing, and the most of what is not all; percent. */
const [least, most] = [0.1, 99.9];

/** A share from 0 on, rounded to one decimal of a percent: never nothing or all of what is only nearly so. */
export function readShare(share: number): ReadShare {
  const percent = Math.round(share * 1_000) / 10;
  if (share > 0 && share * 100 < least) return { percent: least, isLess: true };
  return { percent: share < 1 ? Math.min(most, percent) : percent, isLess: false };
}

/** `0.2 %`, `less than 0.1 %`. */
export function shareText(share: number): string {
  const { percent, isLess } = readShare(share);
  return `${isLess ? 'less than ' : ''}${percent} %`;
}

/** A pause that doubles with every failure that went before, up to `most`. */
export function backOff(first: number, failures: number, most: number): number {
  return Math.min(first * 2 ** Math.min(failures, 30), most);
}

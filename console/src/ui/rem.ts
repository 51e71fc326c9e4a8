/** Pixels at the usual text size, grown with the text of the page: wall screens and large text scale all. */
export function rem(px: number): number {
  return (px * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)) / 16;
}

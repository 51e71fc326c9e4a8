/** Which blocks of an image a meter has, by the bitmap it told: the first in the highest bit. Pure. */

export interface BlockCell {
  /** First block of the cell, and how many it stands for. */
  readonly from: number;
  readonly count: number;
  readonly received: number;
}

/** Base64 to one boolean a block; what the text does not reach is not there. */
export function receivedBlocks(bitmap: string, blocks: number): boolean[] {
  const bytes = Uint8Array.from(atob(bitmap), (char) => char.charCodeAt(0));
  return Array.from({ length: blocks }, (_, i) => ((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0);
}

/** The blocks in at most `most` cells of one size, the last perhaps smaller. */
export function blockCells(received: readonly boolean[], most: number): BlockCell[] {
  const size = Math.max(1, Math.ceil(received.length / most));
  const cells: BlockCell[] = [];
  for (let from = 0; from < received.length; from += size) {
    const part = received.slice(from, from + size);
    cells.push({ from, count: part.length, received: part.filter(Boolean).length });
  }
  return cells;
}

/** `3 runs missing, the first from block 17`, for those who do not see the picture. */
export function missingWords(received: readonly boolean[]): string {
  const starts = received.flatMap((has, i) => (!has && (i === 0 || received[i - 1]) ? [i] : []));
  if (received.length === 0) return 'No transfer has begun.';
  if (starts.length === 0) return 'No block is missing.';
  const runs = starts.length === 1 ? '1 run is missing' : `${starts.length} runs are missing`;
  return `${runs}, the first from block ${starts[0]!}.`;
}

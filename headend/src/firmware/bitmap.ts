/** Which blocks of an image a meter has: one bit a block, the first in the highest bit of the first byte. */

export function blocksOf(imageBytes: number, blockBytes: number): number {
  return Math.ceil(imageBytes / blockBytes);
}

export function emptyBitmap(blocks: number): Uint8Array {
  return new Uint8Array(Math.ceil(blocks / 8));
}

export function hasBlock(bitmap: Uint8Array, block: number): boolean {
  return ((bitmap[block >> 3] ?? 0) & (0x80 >> (block & 7))) !== 0;
}

export function withBlock(bitmap: Uint8Array, block: number): Uint8Array {
  const next = Uint8Array.from(bitmap);
  next[block >> 3]! |= 0x80 >> (block & 7);
  return next;
}

/** The first blocks that are missing, at most `limit`, in order. */
export function missingBlocks(bitmap: Uint8Array, blocks: number, limit: number): number[] {
  const missing: number[] = [];
  for (let block = 0; block < blocks && missing.length < limit; block++)
    if (!hasBlock(bitmap, block)) missing.push(block);
  return missing;
}

export function countBlocks(bitmap: Uint8Array, blocks: number): number {
  let count = 0;
  for (let block = 0; block < blocks; block++) count += hasBlock(bitmap, block) ? 1 : 0;
  return count;
}

export function bitmapText(bitmap: Uint8Array): string {
  return Buffer.from(bitmap).toString('base64');
}

export function bitmapOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

import type { DecodedLine } from '../../src/decode-line.ts';

/** Lines never fail but by an error of ours: what a fault of the program makes of them is thrown. */
export function checkLine(record: DecodedLine): void {
  const { code } = (record.error ?? {}) as { code?: string };
  if (code === 'INTERNAL') throw new Error(JSON.stringify(record.error));
}

/** A formula as text: where the server found it wrong, and how something is put into it. Pure. */

/** Character, from 0, of `formula[12]`. */
export function errorAt(fields: readonly { readonly path: string }[]): number | undefined {
  for (const { path } of fields) {
    const [, at] = /^formula\[(\d+)\]$/.exec(path) ?? [];
    if (at !== undefined) return Number(at);
  }
  return undefined;
}

/** Replaces what is selected; between two terms goes a plus. */
export function insertAt(
  formula: string,
  from: number,
  to: number,
  piece: string,
): { readonly text: string; readonly cursor: number } {
  const before = formula.slice(0, from);
  const after = formula.slice(to);
  const glue = /[\w)]\s*$/.test(before) ? (/\s$/.test(before) ? '+ ' : ' + ') : '';
  const text = before + glue + piece;
  return { text: text + after, cursor: text.length };
}

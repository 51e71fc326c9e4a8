import { encodingOf } from './text.ts';

/** The formats that can be imported, and which one a file is. */
export const formats = ['csv', 'greenbutton', 'nem12'] as const;
export type Format = (typeof formats)[number];

/** Guesses the format from the first bytes (unpacked): undefined when it is none of ours. */
export function detectFormat(sample: Uint8Array): Format | undefined {
  const text = new TextDecoder(encodingOf(sample)).decode(sample.subarray(0, 65_536)).trimStart();
  if (text === '') return undefined;
  if (text.startsWith('<'))
    return /naesb\.org\/espi|w3\.org\/2005\/Atom/.test(text) ? 'greenbutton' : undefined;
  if (/^(100,NEM1[23]|200,[^,\r\n]{1,12},[A-Z0-9]*,)/i.test(text)) return 'nem12';
  const first = text.slice(0, 4096).split(/\r?\n|\r/, 1)[0] ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a binary file is told by its control characters
  if (/[\u0000-\u0008]/.test(text.slice(0, 4096))) return undefined;
  return /[,;\t|]/.test(first) ? 'csv' : undefined;
}

/**
 * Identification lines (IEC 62056-21 clause 6.3.2):
 *
 *   / X X X Z [\W] identification      XXX: maker (FLAG)   Z: baud rate   \W: further abilities, \2 mode E
 *
 * Z also tells the mode: a digit is mode C (or E, or a push of mode D), a letter from A to I mode B, where
 * the meter changes the rate by itself; anything else is mode A, which stays at 300 baud.
 */

export const baudRates: Readonly<Record<string, number>> = {
  '0': 300,
  '1': 600,
  '2': 1200,
  '3': 2400,
  '4': 4800,
  '5': 9600,
  '6': 19_200,
};

const modeBRates: Readonly<Record<string, number>> = {
  A: 600,
  B: 1200,
  C: 2400,
  D: 4800,
  E: 9600,
  F: 19_200,
};

export interface IecIdentification {
  readonly maker: string;
  readonly baudCode: string;
  readonly mode: 'A' | 'B' | 'C';
  /** The rate that the meter proposes. */
  readonly baud: number;
  /** Letters after `\`. */
  readonly abilities: readonly string[];
  /** Without the abilities. */
  readonly identification: string;
  /** All that follows the baud rate, abilities and all. */
  readonly text: string;
}

const LINE = /^\/([A-Za-z]{3})([ -~])(.*)$/;
const MAX_CHARS = 128;
const RESERVED_RATE = 300;

/** Reads a line without its CR LF; undefined when it is none. */
export function findIdentification(line: string): IecIdentification | undefined {
  const match = line.length > MAX_CHARS ? null : LINE.exec(line);
  if (match === null) return undefined;
  const [, maker, baudCode, text] = match as unknown as [string, string, string, string];
  const abilities = /^(?:\\[^\\])*/.exec(text)![0];
  return {
    maker,
    baudCode,
    ...modeOf(baudCode),
    abilities: abilities.split('\\').slice(1),
    identification: text.slice(abilities.length),
    text,
  };
}

function modeOf(baudCode: string): Pick<IecIdentification, 'mode' | 'baud'> {
  const rate = baudRates[baudCode];
  if (rate !== undefined) return { mode: 'C', baud: rate };
  if (baudCode >= '7' && baudCode <= '9') return { mode: 'C', baud: RESERVED_RATE };
  const rateB = modeBRates[baudCode];
  return rateB === undefined ? { mode: 'A', baud: 300 } : { mode: 'B', baud: rateB };
}

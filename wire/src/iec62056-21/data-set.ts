/**
 * Data sets (IEC 62056-21 clause 6.5): `address(value*unit)`, any number of them on a line, each with any
 * number of values; unit and address may be left out. P1 telegrams are made of the same.
 *
 *   1.8.1(000123.4*kWh)      0-1:24.2.1(101209110000W)(12785.123*m3)      1.6.1(0.5*kW)(2603011215)
 */

export interface DataValue {
  /** As sent, zeros and all; may be empty. */
  readonly value: string;
  readonly unit?: string;
}

export interface DataSet {
  /** Empty where the values go on from the set before. */
  readonly address: string;
  readonly values: readonly DataValue[];
}

/** One that was just read: values of further lines may be added. */
interface NewDataSet extends DataSet {
  readonly values: DataValue[];
}

const OPEN = 0x28;
const CLOSE = 0x29;
const STAR = 0x2a;

/** The data sets that `text[from..to)` is made of; undefined when it is made of something else. */
export function parseDataSets(text: string, from = 0, to = text.length): NewDataSet[] | undefined {
  const sets: NewDataSet[] = [];
  for (let at = from; at < to; ) {
    let open = at;
    while (open < to && text.charCodeAt(open) !== OPEN) {
      if (text.charCodeAt(open) === CLOSE) return undefined;
      open++;
    }
    if (open === to) return undefined;
    const values: DataValue[] = [];
    const address = text.slice(at, open);
    at = open;
    while (at < to && text.charCodeAt(at) === OPEN) {
      let close = at + 1;
      let star = 0;
      for (; close < to; close++) {
        const char = text.charCodeAt(close);
        if (char === CLOSE) break;
        if (char === OPEN) return undefined;
        if (char === STAR && star === 0) star = close;
      }
      if (close === to) return undefined;
      if (star === 0) values.push({ value: text.slice(at + 1, close) });
      else values.push({ value: text.slice(at + 1, star), unit: text.slice(star + 1, close) });
      at = close + 1;
    }
    sets.push({ address, values });
  }
  return sets.length === 0 ? undefined : sets;
}

/** A data set as it is sent. */
export function dataSetText({ address, values }: DataSet): string {
  return (
    address + values.map(({ value, unit }) => `(${value}${unit === undefined ? '' : `*${unit}`})`).join('')
  );
}

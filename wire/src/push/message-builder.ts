/** Push messages out of single readings of any order: one a device, one series a quantity and unit. */

import type { OpenAmiError } from '@openami/model';
import { findObis, formatObis } from '@openami/model';
import { wireErrors } from '../errors.ts';
import { type DecodedSeries, defaultPushLimits, type PushMessage, type PushReject } from './message.ts';

/** Rejects described one by one; more are counted. */
const describedRejects = 1_000;
/** Characters of a device and of a quantity, as many as a push message may have. */
const { nameChars } = defaultPushLimits;

interface Rows {
  readonly quantity: string;
  readonly unit: string;
  readonly end: number[];
  readonly value: number[];
  readonly quality: number[];
}

interface Gathered {
  readonly series: Map<string, Rows>;
  readonly rejects: PushReject[];
  rejectCount: number;
}

export class MessageBuilder {
  readonly #devices = new Map<string, Gathered>();

  /** A register at `endS`; NaN where the device has no value. */
  add(device: string, quantity: string, unit: string, endS: number, value: number, quality: number): void {
    if (device.length > nameChars || quantity.length > nameChars) {
      const error = wireErrors.PUSH_WRONG_TYPE(`a name of more than ${nameChars} characters`);
      this.reject(device, quantity, endS, String(value), error);
      return;
    }
    const { series } = this.#of(device);
    const name = `${unit} ${quantity}`;
    let rows = series.get(name);
    if (rows === undefined) {
      rows = { quantity, unit, end: [], value: [], quality: [] };
      series.set(name, rows);
    }
    rows.end.push(endS);
    rows.value.push(value);
    rows.quality.push(quality);
  }

  /** A reading that cannot be taken, and why. */
  reject(device: string, quantity: string, endS: number, value: string, error: OpenAmiError): void {
    const gathered = this.#of(device);
    gathered.rejectCount += 1;
    if (gathered.rejects.length >= describedRejects) return;
    const { code, message: detail } = error;
    gathered.rejects.push({
      ...{ quantity: quantity.slice(0, nameChars), end: Math.max(0, endS), value: value.slice(0, 80) },
      ...{ code, detail: detail.slice(0, defaultPushLimits.detailChars) },
    });
  }

  /** What was gathered; `sentMs` is the clock of the senders, 0 when they did not tell. */
  messages(sentMs = 0): PushMessage[] {
    return [...this.#devices].map(([device, { series, rejects, rejectCount }]) => ({
      device,
      sentMs,
      series: [...series.values()].map(seriesOf),
      events: [],
      rejects,
      rejectCount,
    }));
  }

  #of(name: string): Gathered {
    const device = name.slice(0, nameChars);
    let gathered = this.#devices.get(device);
    if (gathered === undefined) {
      gathered = { series: new Map(), rejects: [], rejectCount: 0 };
      this.#devices.set(device, gathered);
    }
    return gathered;
  }
}

function seriesOf({ quantity, unit, end, value, quality }: Rows): DecodedSeries {
  return {
    quantity,
    unit,
    intervalS: 0,
    end: Float64Array.from(end),
    value: Float64Array.from(value),
    quality: Uint8Array.from(quality),
    length: end.length,
  };
}

/** The canonical code where a name is an OBIS code in any spelling, else the name. */
export function quantityOfName(name: string): string {
  const obis = /\d/.test(name[0] ?? '') ? findObis(name) : undefined;
  return obis === undefined ? name : formatObis(obis);
}

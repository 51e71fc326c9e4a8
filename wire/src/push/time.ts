/** Times of push messages: ISO-8601 with an offset, or a number of seconds since 1970. */
import { parseInstantMs } from '@openami/model';

/** What is worth parsing; the rest is told apart without the cost of an error. */
const shape = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-][\d:]+)$/;

/** Seconds since 1970, or NaN where it is no time. Local times without an offset are none. */
export function timeS(time: unknown): number {
  if (typeof time === 'number') return Number.isFinite(time) ? time : Number.NaN;
  if (typeof time === 'bigint') return Number(time);
  if (typeof time !== 'string' || time.length > 40 || !shape.test(time)) return Number.NaN;
  try {
    return parseInstantMs(time) / 1000;
  } catch {
    return Number.NaN;
  }
}

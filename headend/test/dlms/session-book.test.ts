import { describe, expect, it } from 'vitest';
import type { MeterAccess } from '../../src/dlms/session.ts';
import { SessionBook } from '../../src/dlms/session-book.ts';
import { SessionLog } from '../../src/dlms/session-log.ts';

const access = { source: { remote: '192.0.2.7:4059' } } as MeterAccess;
const stats = { durationMs: 1, apdusSent: 1, bytesSent: 1, bytesReceived: 1 };

function note(book: SessionBook, meterId: number, bytes: number): number {
  const log = new SessionLog();
  for (let left = bytes; left > 0; left -= 1_000) log.said('server', new Uint8Array(1_000), 0);
  const about = { meterId, purpose: 'collection', access, log, startedMs: 0, startMs: 0 } as const;
  return book.note(about, { ok: true, value: undefined, stats }, undefined).id;
}

describe('the book of sessions', () => {
  it('keeps the last of a meter, the newest first', () => {
    const book = new SessionBook();
    const ids = Array.from({ length: 10 }, () => note(book, 1, 1_000));
    expect(book.of(1).map(({ id }) => id)).toEqual(ids.slice(2).reverse());
  });

  it('lets the oldest go when what was said takes too much room, but never the newest', () => {
    const book = new SessionBook({ maxBytes: 100_000 });
    for (let meter = 1; meter <= 10; meter++) note(book, meter, 30_000);
    const kept = Array.from({ length: 10 }, (_, i) => i + 1).filter((meter) => book.of(meter).length > 0);
    expect(kept).toEqual([8, 9, 10]);
    const huge = note(book, 11, 200_000);
    expect(book.of(11).map(({ id }) => id)).toEqual([huge]);
    expect(book.of(10)).toEqual([]);
    // what was let go makes room again
    for (const meter of [1, 2, 3]) note(book, meter, 30_000);
    expect([1, 2, 3, 11].map((meter) => book.of(meter).length)).toEqual([1, 1, 1, 0]);
  });
});

import { ManualClock } from '@openami/model';
import { expect, it } from 'vitest';
import { IdempotencyStore } from '../../src/http/idempotency.ts';

const answer = (bytes: number) => ({ status: 200, type: 'application/json', body: 'x'.repeat(bytes) });

it('holds a bounded amount of answers, the newest ones', () => {
  const store = new IdempotencyStore(new ManualClock(0));
  for (let n = 0; n < 1_000; n++) {
    expect(store.begin(`key ${n}`, 'f')).toBeUndefined();
    store.finish(`key ${n}`, answer(65_536));
  }
  // 16 MiB of 64 KiB each.
  const kept = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => {
    const known = store.begin(`key ${n}`, 'f');
    if (known === undefined) store.finish(`key ${n}`, undefined);
    return known !== undefined;
  });
  expect(kept).toEqual(Array.from({ length: 256 }, (_, i) => 744 + i));
});

it('forgets an answer after a day, and its size with it', () => {
  const clock = new ManualClock(0);
  const store = new IdempotencyStore(clock);
  for (let day = 0; day < 600; day++) {
    expect(store.begin('same', 'f')).toBeUndefined();
    store.finish('same', answer(65_536));
    expect(store.begin('same', 'f')?.answer?.body).toHaveLength(65_536);
    clock.advanceMs(86_400_000);
  }
});

it('keeps no refusal: what was wrong may be mended since, and nothing was done', () => {
  const store = new IdempotencyStore(new ManualClock(0));
  for (const status of [400, 409, 422, 429, 503]) {
    expect(store.begin('same', 'f')).toBeUndefined();
    expect(() => store.begin('same', 'f')).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_BUSY' }));
    store.finish('same', { ...answer(10), status });
  }
  // nor what was asked for: the request may be mended, too
  expect(store.begin('same', 'another')).toBeUndefined();
  store.finish('same', answer(10));
  expect(store.begin('same', 'another')?.answer?.status).toBe(200);
});

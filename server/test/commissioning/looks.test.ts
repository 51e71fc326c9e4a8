/** When meters on their way are looked at: soon after a change, however many follow, and with rests. */
import { ManualClock } from '@openami/model';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CommissioningOptions, CommissioningService } from '../../src/services/commissioning/service.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A service whose looks take so long, with the times at which they began. */
function looking(tookMs: number) {
  const began: number[] = [];
  const registry = {
    settings: { get: async () => undefined },
    commissioning: {
      open: async () => {
        began.push(performance.now());
        await new Promise((done) => setTimeout(done, tookMs));
        return [];
      },
    },
  };
  const sources = { radio: { heard: new Map() }, lorawan: { heard: new Map() } };
  for (const { heard } of Object.values(sources)) Object.assign(heard, { all: () => [] });
  const options = { registry, sources, directory: { onChange: () => {} }, clock: new ManualClock(0) };
  return { began, service: new CommissioningService(options as unknown as CommissioningOptions) };
}

it('soon after a change, though others follow at once', async () => {
  const { began, service } = looking(1);
  const stop = service.start();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(began).toHaveLength(1);
  for (let i = 0; i < 10; i++) {
    service.wake();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(began.length).toBeGreaterThan(4);
  await stop();
});

it('soon after what changed during a look, and with a rest of nine times what it took', async () => {
  const { began, service } = looking(100);
  const stop = service.start();
  await vi.advanceTimersByTimeAsync(1_550);
  expect(began).toHaveLength(1);
  service.wake();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(began).toHaveLength(2);
  await stop();
  const slow = looking(2_000);
  const stopSlow = slow.service.start();
  for (let i = 0; i < 60; i++) {
    slow.service.wake();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  for (const [i, at] of slow.began.slice(1).entries())
    expect(at - slow.began[i]!).toBeGreaterThanOrEqual(20_000);
  expect(slow.began.length).toBeGreaterThanOrEqual(3);
  const stopped = stopSlow();
  await vi.advanceTimersByTimeAsync(2_000);
  await stopped;
});

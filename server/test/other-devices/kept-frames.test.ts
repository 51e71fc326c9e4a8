/** Frames that are read again: page by page, and what cannot be stored is told. */
import { setImmediate } from 'node:timers/promises';
import { type Frame, type Source, systemAccess } from '@openami/model';
import { expect, it } from 'vitest';
import { keptFrames, Storing } from '../../src/services/kept-frames.ts';

const total = 2_500;

/** Frames of every millisecond, every fifth of another source; pages as the store gives them. */
const evidence = {
  frames: async (_: unknown, { beforeMs = total + 1, limit = 100 }: { beforeMs?: number; limit?: number }) =>
    Array.from({ length: Math.min(limit, beforeMs - 1) }, (_, i): Frame => {
      const receivedMs = beforeMs - 1 - i;
      const source: Source = receivedMs % 5 === 0 ? 'mqtt' : 'radio';
      const none = { meter: 0, payload: new Uint8Array(), accepted: 0, outcome: 'OK' };
      return { receivedMs, source, device: 'a', ...none };
    }),
};

it('gives the newest frames of a source, the newest first', async () => {
  const of = { source: 'radio', device: 'a' } as const;
  const all = (await keptFrames(evidence, systemAccess, of)).map(({ receivedMs }) => receivedMs);
  expect(all).toHaveLength(total * 0.8);
  expect(all).toEqual([...all].sort((a, b) => b - a));
  expect([all[0], all.at(-1)]).toEqual([total - 1, 1]);
  const few = await keptFrames(evidence, systemAccess, of, 50);
  expect(few.map(({ receivedMs }) => receivedMs)).toEqual(all.slice(0, 50));
});

it('waits after so many, and tells what failed before, also while nobody waited', async () => {
  const storing = new Storing();
  await storing.add(Promise.reject(new Error('the disk is full')));
  await setImmediate();
  await expect(storing.done()).rejects.toThrow('the disk is full');
  await storing.done();
  let isStored = false;
  const slow = setImmediate().then(() => {
    isStored = true;
  });
  for (let i = 0; i < 99; i++) await storing.add(slow);
  expect(isStored).toBe(false);
  await storing.add(slow);
  expect(isStored).toBe(true);
});

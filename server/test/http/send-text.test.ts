/** Files made part by part: whatever becomes of the reader, the making ends. */
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { streamOf } from '../../src/http/send-text.ts';

/** Parts, and whether their making is over. */
function partsOf(parts: readonly string[]) {
  const work = { isOver: false };
  const make = async function* () {
    try {
      yield* parts;
    } finally {
      work.isOver = true;
    }
  };
  return { work, parts: make() };
}

it('sends every part in order', async () => {
  const { work, parts } = partsOf(['a', 'b', 'c']);
  expect(await text(await streamOf(parts))).toBe('abc');
  expect(work.isOver).toBe(true);
});

it('ends the making where the reader is gone before the first part', async () => {
  const { work, parts } = partsOf(['a', 'b']);
  const stream = await streamOf(parts);
  stream.destroy();
  await expect.poll(() => work.isOver).toBe(true);
});

it('raises what goes wrong before the first part', async () => {
  const broken = async function* (): AsyncGenerator<string, void, undefined> {
    yield await Promise.reject<string>(new Error('no file'));
  };
  await expect(streamOf(broken())).rejects.toThrow('no file');
});

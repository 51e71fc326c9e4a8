/** Codecs in memory: a look that began before a change does not put back what was before. */
import type { CodecHost } from '@openami/headend/lorawan';
import type { KnownAssignment, LorawanRepository } from '@openami/store';
import { expect, it } from 'vitest';
import { CodecBook } from '../../src/services/lorawan/codecs.ts';

const devEui = '0102030405060708';

it('holds what was assigned last, though a look of before is slow', async () => {
  let assigned: KnownAssignment[] = [];
  let goOn: () => void = () => undefined;
  const slow = new Promise<void>((done) => {
    goOn = done;
  });
  let looks = 0;
  const registry: Partial<LorawanRepository> = {
    stamp: async () => String(assigned.length),
    codecs: async () => [],
    assignments: async () => {
      const found = [...assigned];
      if (looks++ === 0) await slow;
      return found;
    },
    assign: async (_ctx, one) => {
      assigned = [...assigned, { ...one, had: [] }];
    },
  };
  const book = new CodecBook(registry as LorawanRepository, {} as CodecHost);
  const before = book.refresh();
  await new Promise(setImmediate);
  const ctx = { actor: { kind: 'user', id: 'a', name: 'a' }, purpose: 'operate', scope: 'all' } as const;
  const assign = book.assign(ctx, { devEui, codecId: null, meter: 'W-1' }, false);
  setTimeout(goOn, 10);
  await Promise.all([before, assign]);
  expect(book.assignment(devEui)).toMatchObject({ meter: 'W-1' });
});

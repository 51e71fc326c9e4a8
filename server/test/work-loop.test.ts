import { OpenAmiError } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serverErrors } from '../src/errors.ts';
import { pagesAhead } from '../src/services/pages-ahead.ts';
import { WorkLoop } from '../src/services/work-loop.ts';

describe('a loop of work', () => {
  const ended = serverErrors.BILL_EXPLAIN('ended').code;
  const worked = async (of: {
    take: (job: { id: number }) => Promise<void>;
    fail: (job: { id: number }) => Promise<void>;
  }) => {
    const logged: string[] = [];
    const note = (_data: object, message?: string) => void logged.push(message ?? '');
    let id = 0;
    const loop = new WorkLoop({
      next: async () => (id < 3 ? { id: ++id } : undefined),
      ...{ ...of, ended, what: 'job', log: { warn: note, error: note } },
    });
    const stop = loop.start();
    await loop.settled();
    await stop();
    return { taken: id, logged };
  };

  it('notes on a job why it failed, and goes on with the next', async () => {
    const failed: number[] = [];
    const { taken, logged } = await worked({
      take: async ({ id }) => {
        if (id === 2) throw new Error('a page failed');
      },
      fail: async ({ id }) => void failed.push(id),
    });
    expect([taken, failed, logged]).toEqual([3, [2], ['A job failed']]);
  });

  it('goes on where a job was ended meanwhile, whatever failed in it', async () => {
    const gone = () => Promise.reject(serverErrors.BILL_EXPLAIN('ended'));
    expect(await worked({ take: gone, fail: gone })).toEqual({ taken: 3, logged: [] });
    const broken = await worked({ take: () => Promise.reject(new Error('a page failed')), fail: gone });
    expect(broken).toEqual({ taken: 3, logged: Array(3).fill('A job failed') });
  });

  it('tries again later where a failure cannot be noted', async () => {
    const broken = () => Promise.reject(new OpenAmiError('INTERNAL', { ...internal }, 'no registry'));
    const { taken, logged } = await worked({ take: broken, fail: broken });
    expect([taken, logged]).toEqual([1, ['A job failed', 'The next job could not be looked at']]);
  });
});

const internal = { fault: 'ours', status: 500, title: 'none', hint: 'none' } as const;

describe('pages ahead', () => {
  it('come in order, each made once, and two are in memory at most', async () => {
    const asked = fc.record({
      items: fc.array(fc.integer(), { maxLength: 20 }),
      size: fc.integer({ min: 1, max: 5 }),
      atOnce: fc.constantFrom(1 as const, 2 as const),
      stopAt: fc.integer({ min: 0, max: 20 }),
      failAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ items, size, atOnce, stopAt, failAt }) => {
        let [made, making, held, most, mostMaking] = [0, 0, 0, 0, 0];
        const make = async (page: readonly number[], before: number) => {
          made++;
          mostMaking = Math.max(mostMaking, ++making);
          most = Math.max(most, ++held);
          await new Promise((done) => setImmediate(done));
          making--;
          if (failAt !== undefined && before >= failAt) throw new Error('no page');
          return { page, before };
        };
        const taken: number[] = [];
        let failed = false;
        try {
          for await (const { page, before } of pagesAhead(items, size, make, atOnce)) {
            expect(before).toBe(taken.length);
            taken.push(...page);
            await new Promise((done) => setImmediate(done));
            held--;
            if (taken.length > stopAt) break;
          }
        } catch {
          failed = true;
        }
        expect(taken).toEqual(items.slice(0, taken.length));
        expect(making).toBe(0);
        expect(most).toBeLessThanOrEqual(2);
        expect(mostMaking).toBeLessThanOrEqual(atOnce);
        const whole = taken.length === items.length;
        expect(whole || failed || taken.length > stopAt).toBe(true);
        if (whole) expect(made).toBe(Math.ceil(items.length / size));
      }),
    );
  });
});

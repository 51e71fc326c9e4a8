import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeavyWork } from '../../src/http/heavy.ts';

const turn = () => new Promise<void>((done) => setImmediate(done));

describe('work that takes long', () => {
  it('is done a few at a time, whatever fails, and no caller has more than its share', async () => {
    const requests = fc.array(
      fc.record({ caller: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean(), gone: fc.boolean() }),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const heavy = new HeavyWork({ atOnce: 2, ofCaller: 4, waiting: 5 });
        let [atWork, most] = [0, 0];
        const ran: string[] = [];
        const answers = await Promise.allSettled(
          asked.map(({ caller, fails, gone }) =>
            heavy.run(
              caller,
              () => gone,
              async () => {
                most = Math.max(most, ++atWork);
                ran.push(caller);
                await turn();
                atWork--;
                if (fails) throw new Error('it failed');
              },
            ),
          ),
        );
        expect(most).toBeLessThanOrEqual(2);
        for (const caller of ['a', 'b', 'c'])
          expect(ran.filter((one) => one === caller).length).toBeLessThanOrEqual(4);
        const refused = answers.filter(
          (one) => one.status === 'rejected' && (one.reason as { code?: string }).code === 'TOO_MANY_AT_ONCE',
        );
        // two at work and five that wait; asked all at once, none is done before the last is asked
        const hungUp = asked.filter(({ gone }) => gone).length;
        expect(answers.length - refused.length).toBeLessThanOrEqual(7 + hungUp);
        expect(answers.length - refused.length).toBeGreaterThanOrEqual(
          Math.min(4, asked.length === 0 ? 0 : 1),
        );
        // and then there is room again
        expect(
          await heavy.run(
            'd',
            () => false,
            async () => 'done',
          ),
        ).toBe('done');
      }),
    );
  });

  it('is not done for who hung up while waiting', async () => {
    const heavy = new HeavyWork({ atOnce: 1, ofCaller: 4, waiting: 5 });
    let end = () => {};
    const first = heavy.run(
      'a',
      () => false,
      () => new Promise<void>((done) => (end = done)),
    );
    let done = false;
    const second = heavy.run(
      'b',
      () => true,
      async () => (done = true),
    );
    end();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'CALLER_GONE' });
    expect(done).toBe(false);
  });
});

import { billView } from '@openami/billing';
import { systemAccess } from '@openami/model';
import type { BillRun } from '@openami/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BillRunner, type BillRunnerOptions } from '../../src/services/billing/bill-runner.ts';
import { contentOf, ratedAgain } from '../../src/services/billing/content.ts';
import { usualSettings } from '../../src/services/billing/gates.ts';
import { sqlDeterminants } from '../../src/services/billing/sql-determinants.ts';
import { firstDay, today } from '../vee/support.ts';
import { type BillingTest, startBilling } from './support.ts';

describe('bill runs at work', () => {
  let test: BillingTest;
  let options: BillRunnerOptions;
  let runs = 0;
  beforeAll(async () => {
    // nobody but the test works at runs
    test = await startBilling(5, true, { OPENAMI_ROLES: 'headend,api' });
    for (const home of test.vee.homes) await test.vee.send(home, firstDay, today);
    test.vee.clock.advanceMs(60 * 86_400_000);
    const { registry, store, vee, billing } = test.vee.server.running.context;
    options = {
      ...{ registry, store, book: billing.book, figures: vee.figures, clock: test.vee.clock, pageSize: 2 },
      ...{ log: { warn: () => undefined, error: () => undefined }, sql: sqlDeterminants(store) },
    };
  }, 120_000);
  afterAll(() => test?.vee.server.close());

  const registry = () => test.vee.server.running.context.registry;
  const begin = async (): Promise<BillRun> => {
    const { run } = await registry().billRuns.create(systemAccess, {
      ...{ key: `run ${runs++}`, kind: 'cycle', cycle: '', fromDay: '2026-03-01', toDay: '2026-04-01' },
      ...{ settings: usualSettings, accounts: null, replaces: null, reason: '', requestedPerson: 'anna' },
    });
    return run;
  };
  const work = async (more: Partial<BillRunnerOptions> = {}): Promise<void> => {
    const runner = new BillRunner({ ...options, ...more });
    const stop = runner.loop.start();
    await runner.loop.settled();
    await stop();
  };
  const totals = async (run: number) =>
    (await registry().bills.scan(systemAccess, { run }, 0, 100)).map(({ agreement, total }) => [
      agreement,
      total,
    ]);

  it('go on where a stop left them, and make no bill twice', async () => {
    const whole = await begin();
    await work();
    const once = await totals(whole.id);
    expect(once).toHaveLength(5);
    expect(once.every(([, total]) => Number(total) > 20)).toBe(true);
    await registry().billRuns.cancel(systemAccess, whole.id, 'again in parts');

    const { id } = await begin();
    for (let pages = 1; ; pages++) {
      let stop: Promise<void> | undefined;
      const runner: BillRunner = new BillRunner({
        ...options,
        onProgress: () => {
          stop ??= ended();
        },
      });
      const ended = runner.loop.start();
      await runner.loop.settled();
      await stop;
      const run = await registry().billRuns.get(systemAccess, id);
      if (run.state === 'calculated') break;
      expect(run).toMatchObject({ state: 'calculating', done: Math.min(5, pages * 2) });
      expect(await totals(id)).toEqual(once.slice(0, run.done));
    }
    expect(await totals(id)).toEqual(once);
    await registry().billRuns.cancel(systemAccess, id, 'was a test');
  });

  it('leave nothing behind when they are cancelled between two pages', async () => {
    const { id } = await begin();
    let cancelled: Promise<unknown> | undefined;
    await work({
      onProgress: () => {
        cancelled ??= registry().billRuns.cancel(systemAccess, id, 'changed my mind');
      },
    });
    await cancelled;
    const { items } = await registry().bills.list(systemAccess, { run: id });
    expect((await registry().billRuns.get(systemAccess, id)).state).toBe('cancelled');
    expect(items.length).toBeGreaterThan(0);
    expect(new Set(items.map(({ state }) => state))).toEqual(new Set(['dropped']));
  });

  it('say why they failed, and are resumed', async () => {
    const { id } = await begin();
    let calls = 0;
    const readiness: BillRunnerOptions['figures']['readiness'] = async (...asked) => {
      if (++calls === 2) throw new Error('the engine is gone');
      return options.figures.readiness(...asked);
    };
    await work({ figures: { readiness } });
    const failed = await registry().billRuns.get(systemAccess, id);
    expect([failed.state, failed.done, failed.error?.code]).toEqual(['failed', 2, 'INTERNAL']);
    const resumed = await test.call<{ state: string }>('POST', `/bill-runs/${id}/resume`);
    expect(resumed.body.state).toBe('calculating');
    await work();
    expect(await totals(id)).toHaveLength(5);
    await registry().billRuns.cancel(systemAccess, id, 'was a test');
  });

  it('keep all that a bill was made from: it can be made again, and is the same', async () => {
    const { id } = await begin();
    await work();
    const bills = await registry().bills.scan(systemAccess, { run: id }, 0, 100);
    const tariffs = await options.book.many(['tou']);
    for (const bill of bills) {
      const content = contentOf(bill)!;
      const again = billView(ratedAgain(content, tariffs));
      expect(again.total).toBe(bill.total);
      expect(again.lines).toEqual(content.lines);
    }
    // nothing is closed in this server: every bill says so
    expect(bills.map(({ holds }) => holds[0]!.code)).toEqual(Array(5).fill('NOT_READY'));
  });
});

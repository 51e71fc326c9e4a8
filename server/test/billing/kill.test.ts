/** A process that bills is killed while it stores bills, each time a little later, until the run is done. */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childModule, systemAccess } from '@openami/model';
import { openRegistryStore, type RegistryStore } from '@openami/store';
import { expect, it, onTestFinished } from 'vitest';
import { allReady } from '../../src/cli/bench-billing.ts';
import { BillRunner } from '../../src/services/billing/bill-runner.ts';
import { contentOf } from '../../src/services/billing/content.ts';
import { usualSettings } from '../../src/services/billing/gates.ts';
import { prepare } from '../helpers/start-server.ts';
import { firstDay, today } from '../vee/support.ts';
import { startBilling } from './support.ts';

const homes = 5;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { url, execArgv } = childModule(import.meta.url, 'run-process');

/** True when it was killed, false when there was nothing left to do. */
function life(...args: readonly string[]): Promise<boolean> {
  const child = fork(new URL(url), args, { execArgv: [...execArgv] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`The process ended with ${code ?? signal}`));
    });
  });
}

async function begin({ billRuns }: RegistryStore, key: string): Promise<number> {
  const { run } = await billRuns.create(systemAccess, {
    ...{ key, kind: 'cycle', cycle: '', fromDay: '2026-03-01', toDay: '2026-04-01' },
    ...{ settings: usualSettings, accounts: null, replaces: null, reason: '', requestedPerson: 'anna' },
  });
  return run.id;
}

const billsOf = async ({ bills }: RegistryStore, run: number) =>
  (await bills.scan(systemAccess, { run }, 0, 100)).map(({ agreement, total, content, heads, carry }) => ({
    ...{ agreement, total, carry, lines: contentOf({ content, heads })?.lines },
  }));

it('makes every bill once, the same as without a kill, when its process is killed again and again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-bill-kill-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
  await prepare(dataDir);
  // nobody but the test works at runs
  const { vee } = await startBilling(homes, true, {
    ...{ OPENAMI_DATA_DIR: dataDir, OPENAMI_ROLES: 'headend,api' },
  });
  for (const home of vee.homes) await vee.send(home, firstDay, today);
  vee.clock.advanceMs(60 * 86_400_000);
  const { registry, store, billing } = vee.server.running.context;
  const whole = await begin(registry, 'whole');
  const runner = new BillRunner({
    ...{ registry, store, book: billing.book, figures: allReady, clock: vee.clock, log: silent },
  });
  const stop = runner.loop.start();
  await runner.loop.settled();
  await stop();
  const expected = await billsOf(registry, whole);
  await registry.billRuns.cancel(systemAccess, whole, 'again, with kills');
  const killed = await begin(registry, 'killed');
  await vee.server.close();

  let kills = 0;
  while (await life(dataDir, String(vee.clock.nowMs()), String(15 * 2 ** kills))) kills++;
  expect(kills).toBeGreaterThan(0);
  const after = await openRegistryStore({ dataDir, clock: vee.clock, log: silent });
  onTestFinished(() => after.close());
  expect(await after.billRuns.get(systemAccess, killed)).toMatchObject({ state: 'calculated', done: homes });
  expect(expected).toHaveLength(homes);
  expect(await billsOf(after, killed)).toEqual(expected);
}, 300_000);

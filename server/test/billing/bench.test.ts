import { benchBilling } from '@openami/bench';
import { expect, it } from 'vitest';
import { benchedRuns } from '../../src/cli/bench-billing.ts';

it('openami bench billing stores a bill of every account, both ways', async () => {
  const result = await benchBilling(benchedRuns(), { rows: 30 * 2_976, progress: () => undefined });
  expect(result.accounts).toBe(30);
  for (const figure of [
    'accountMonthsPerSecond',
    'readyAccountMonthsPerSecond',
    'engineAccountMonthsPerSecond',
  ])
    expect(result[figure], figure).toBeGreaterThan(0);
}, 120_000);

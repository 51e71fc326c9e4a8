/** Annual bills that were worked out elsewhere; all of them, and more, are in docs/conformance/billing.md. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { billView } from '../../src/rating/cycle.ts';
import { readSamInputs } from '../../src/sam/inputs.ts';
import { rateSam } from '../../src/sam/rate.ts';

const folder =
  process.env.OPENAMI_SAM_BILLS ??
  fileURLToPath(new URL('../../../../shared/standards/sam-billing', import.meta.url));
const present = existsSync(`${folder}/golden.json`);
if (!present) console.log('Known bills are skipped: OPENAMI_SAM_BILLS names no folder with golden.json.');

it.skipIf(!present)('come out within their tolerance', { timeout: 60_000 }, () => {
  const { cases } = JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8'));
  const column = (name: string) => readFileSync(`${folder}/${name}`, 'utf8').trim().split(/\s+/);
  for (const one of cases.slice(0, 3)) {
    const like = cases[0];
    const inputs = readSamInputs({
      ...{ ur_metering_option: 0, ur_ec_sched_weekday: like.weekday, ur_ec_sched_weekend: like.weekend },
      ur_ec_tou_mat: one.energyRates.map((row: { period: number; buy: number }) => [
        row.period,
        1,
        1e38,
        0,
        row.buy,
        0,
      ]),
      ur_nm_yearend_sell_rate: one.yearEndSellRate ?? 0,
    });
    const generation = one.generation === null ? {} : { generation: column(one.generation) };
    const [year] = rateSam(inputs, { load: column(like.load), ...generation });
    const bill = year!.bills.reduce((sum, month) => sum + Number(billView(month).total), 0);
    expect(Math.abs(bill - one.expectedAnnualBill), one.id).toBeLessThanOrEqual(one.tolerance);
  }
});

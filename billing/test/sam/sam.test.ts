import { describe, expect, it } from 'vitest';
import { billView } from '../../src/rating/cycle.ts';
import { isSamInputs, readSamInputs } from '../../src/sam/inputs.ts';
import { samOutputs } from '../../src/sam/outputs.ts';
import { rateSam, rateSamTariff } from '../../src/sam/rate.ts';
import { tariffOf } from '../support.ts';

const ones = Array.from({ length: 12 }, () => new Array<number>(24).fill(1));
const inputs = (more: object = {}) =>
  readSamInputs({
    ...{ ur_metering_option: 2, inflation_rate: 2.5, ur_ec_sched_weekday: ones, ur_ec_sched_weekend: ones },
    ur_ec_tou_mat: [[1, 1, 1e38, 0, 0.1, 0.05]],
    ...more,
  });
const load = (kw: number, rows = 8_760) => new Array<number>(rows).fill(kw);
const total = (years: ReturnType<typeof rateSam>, year = 0) =>
  years[year]!.bills.reduce((sum, bill) => sum + Number(billView(bill).total), 0);

describe('rating by the conventions of SAM', () => {
  it('takes years of 8760 hours, in hours or quarters, and prices grown by inflation', () => {
    expect(total(rateSam(inputs(), { load: load(1) }))).toBeCloseTo(876, 6);
    expect(total(rateSam(inputs(), { load: load(2, 35_040) }))).toBeCloseTo(1_752, 6);
    const years = rateSam(inputs(), { load: load(1) }, 3);
    expect([total(years, 1), total(years, 2)].map((sum) => sum.toFixed(6))).toEqual([
      '897.900000',
      '920.347500',
    ]);
  });

  it('rates two years of generation one after the other, by default as many as there are', () => {
    const generation = [...load(0.5), ...load(2)];
    const years = rateSam(inputs({ system_use_lifetime_output: 1 }), { load: load(1), generation });
    expect(years).toHaveLength(2);
    expect(total(years)).toBeCloseTo(438, 6);
    expect(total(years, 1)).toBeCloseTo(-438 * 1.025, 6);
    const halfHours = rateSam(inputs({ system_use_lifetime_output: 0 }), { load: load(1), generation });
    expect(halfHours).toHaveLength(1);
  });

  it('gives its outputs the names they have there', () => {
    const years = rateSam(inputs({ ur_monthly_min_charge: 100 }), { load: load(1), generation: load(0.25) });
    const outputs = samOutputs(years, true);
    expect(outputs.utility_bill_w_sys_year1).toBeCloseTo(1_200, 6);
    expect((outputs.charge_w_sys_minimum_ym as number[][])[1]![1]).toBeCloseTo(100 - 0.75 * 672 * 0.1, 6);
    expect((outputs.energy_w_sys_ec_feb_tp as number[][])[0]).toEqual([504]);
    expect((outputs.year1_hourly_salespurchases_with_system as number[]).slice(0, 2)).toEqual([
      -0.075, -0.075,
    ]);
    expect(samOutputs(years, false).utility_bill_wo_sys_ym).toHaveLength(2);
  });

  it('splits the step in which a tier is crossed', () => {
    const more = {
      ur_ec_tou_mat: [
        [1, 1, 1.5, 0, 0.1, 0],
        [1, 2, 1e38, 0, 0.2, 0],
      ],
    };
    const years = rateSam(inputs(more), { load: load(1) });
    const steps = samOutputs(years, true).year1_hourly_salespurchases_with_system as number[];
    expect(steps.slice(0, 3).map((value) => Number(value.toFixed(9)))).toEqual([-0.1, -0.15, -0.2]);
  });

  it('rates any tariff on that calendar, with lines rounded as the tariff says', () => {
    const years = rateSamTariff(tariffOf([{ kind: 'energy', id: 'use', price: '0.1' }]), { load: load(1) });
    expect(years[0]!.bills.map((bill) => billView(bill).total).slice(0, 3)).toEqual([
      '74.40',
      '67.20',
      '74.40',
    ]);
  });

  it('refuses what it does not follow, and columns that are no year', () => {
    expect(isSamInputs({ ur_ec_tou_mat: [] })).toBe(true);
    expect(() => readSamInputs({ ur_metering_option: 9 })).toThrow('ur_metering_option');
    expect(() => rateSam(inputs({ degradation: [0.5] }), { load: load(1) })).toThrow('degradation');
    expect(() => rateSam(inputs(), { load: load(1, 100) })).toThrow('100 rows are not a year');
    expect(() => rateSam(inputs({ ur_ec_sched_weekday: [[1]] }), { load: load(1) })).toThrow('12 rows of 24');
    expect(() => rateSam(inputs({ ur_ec_tou_mat: [[2, 1, 1e38, 0, 0.1, 0]] }), { load: load(1) })).toThrow(
      'no row for period 1',
    );
    const perKw = {
      ur_ec_tou_mat: [
        [1, 1, 100, 1, 0.1, 0],
        [1, 2, 1e38, 0, 0.2, 0],
        [2, 1, 100, 1, 0.1, 0],
        [2, 2, 1e38, 0, 0.2, 0],
      ],
    };
    const mixed = ones.map((row) => row.map((_, hour) => (hour > 12 ? 2 : 1)));
    expect(() => rateSam(inputs({ ...perKw, ur_ec_sched_weekday: mixed }), { load: load(1) })).toThrow(
      'not followed',
    );
  });
});

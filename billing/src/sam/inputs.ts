/**
 * Inputs of the utility rate calculation of NREL's System Advisor Model (`ur_*`), so that results can be
 * compared. Only what changes a bill is read.
 */
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { billingErrors } from '../errors.ts';

const Matrix = Type.Array(Type.Array(Type.Number(), { maxItems: 24 }), { maxItems: 1_000 });
const Numbers = Type.Array(Type.Number(), { maxItems: 600_000 });
const Flag = Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 1 }), Type.Boolean()]));
const Amount = Type.Optional(Type.Number());

/** Other inputs are passed over. */
export const SamInputs = Type.Object({
  analysis_period: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  system_use_lifetime_output: Flag,
  /** Percent a year. */
  inflation_rate: Amount,
  rate_escalation: Type.Optional(Numbers),
  load_escalation: Type.Optional(Numbers),
  degradation: Type.Optional(Numbers),
  ur_metering_option: Type.Integer({ minimum: 0, maximum: 4 }),
  ur_monthly_fixed_charge: Amount,
  ur_monthly_min_charge: Amount,
  ur_annual_min_charge: Amount,
  ur_nm_yearend_sell_rate: Amount,
  ur_nm_credit_month: Type.Optional(Type.Integer({ minimum: 0, maximum: 11 })),
  ur_nm_credit_rollover: Flag,
  ur_nb_credit_expire: Flag,
  ur_nb_apply_credit_current_month: Flag,
  ur_ec_sched_weekday: Matrix,
  ur_ec_sched_weekend: Matrix,
  ur_ec_tou_mat: Matrix,
  ur_en_ts_buy_rate: Flag,
  ur_ts_buy_rate: Type.Optional(Numbers),
  ur_en_ts_sell_rate: Flag,
  ur_ts_sell_rate: Type.Optional(Numbers),
  ur_dc_enable: Flag,
  ur_dc_sched_weekday: Type.Optional(Matrix),
  ur_dc_sched_weekend: Type.Optional(Matrix),
  ur_dc_tou_mat: Type.Optional(Matrix),
  ur_dc_flat_mat: Type.Optional(Matrix),
  ur_enable_billing_demand: Flag,
  ur_billing_demand_minimum: Amount,
  ur_billing_demand_lookback_period: Type.Optional(Type.Integer({ minimum: 0, maximum: 60 })),
  ur_billing_demand_lookback_percentages: Type.Optional(Matrix),
  ur_dc_billing_demand_periods: Type.Optional(Matrix),
  ur_yearzero_usage_peaks: Type.Optional(Numbers),
});
export type SamInputs = Static<typeof SamInputs>;

/** True for an object that has such inputs. */
export function isSamInputs(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'ur_ec_tou_mat' in data;
}

/** Reads inputs. Raises TARIFF_FORMAT. */
export function readSamInputs(data: unknown): SamInputs {
  if (Value.Check(SamInputs, data)) return data;
  const faults = [...Value.Errors(SamInputs, data)].slice(0, 10);
  const text = faults.map(({ instancePath, message }) => `${instancePath.slice(1)} ${message}`).join('; ');
  throw billingErrors.TARIFF_FORMAT(text, { faults });
}

/** The same weekday and clock position 52 weeks earlier. */
import { Reason } from '@openami/model';
import { isMeasured } from '../../series.ts';
import type { EstimateMethod } from '../contract.ts';

const YEAR_DAYS = 364;

export const previousYear: EstimateMethod = {
  id: 'previous-year',
  title: 'Previous year',
  source: 'Fallback of the like-day ladder; AEMO methods 23, 51 and 61',
  reasons: Reason.likeDay,
  cim: '3.8.1002',
  espi: 8,
  aemo: 23,
  aemoAhead: 51,
  fill(view, out, at) {
    const { context, table } = view.source;
    const { previousYear: before, clock: grid } = context;
    for (let k = 0; k < view.slots; k++) {
      const i = view.from + k;
      const day = grid.day[i]! - table.firstDay - YEAR_DAYS;
      if (before) out[at + k] = isMeasured(before.quality[i]!) ? before.value[i]! : Number.NaN;
      else out[at + k] = day < 0 ? Number.NaN : table.cell[day * table.perDay + grid.clock[i]!]!;
    }
  },
};

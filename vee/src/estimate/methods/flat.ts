/** The same in every slot: the mean of what was measured. A register, where known, sets the sum. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const flat: EstimateMethod = {
  id: 'flat',
  title: 'Evenly spread',
  source: 'Last step of the ladder; AEMO method 25 (average daily load)',
  reasons: Reason.flat,
  cim: '3.8.1008',
  espi: 8,
  aemo: 25,
  aemoAhead: 65,
  fill(view, out, at) {
    let sum = 0;
    let count = 0;
    for (const value of view.source.table.cell) {
      if (Number.isNaN(value)) continue;
      sum += value;
      count++;
    }
    out.fill(count > 0 ? sum / count : Number.NaN, at, at + view.slots);
  },
};

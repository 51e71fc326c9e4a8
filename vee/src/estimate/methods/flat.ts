/** The same in every slot: the mean of what was measured. A register, where known, sets the sum. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';
import { meanOf } from '../day-table.ts';

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
    out.fill(meanOf(view.source.table), at, at + view.slots);
  },
};

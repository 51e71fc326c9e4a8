/** Nothing was used: a confirmed outage or disconnection covers the slots. */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const zero: EstimateMethod = {
  id: 'zero',
  title: 'Zero: no supply',
  source: 'Confirmed outage or disconnection; AEMO methods 19, 58 and 68',
  reasons: Reason.outageZero,
  cim: '3.8.1006',
  espi: 8,
  aemo: 19,
  aemoAhead: 58,
  fill(view, out, at) {
    out.fill(0, at, at + view.slots);
  },
};

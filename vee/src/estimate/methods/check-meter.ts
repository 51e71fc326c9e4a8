/** What the check meter, or the parent less its siblings, measured in the same slots. */
import { Reason } from '@openami/model';
import { hasValue } from '../../series.ts';
import type { EstimateMethod } from '../contract.ts';

export const checkMeter: EstimateMethod = {
  id: 'check-meter',
  title: 'Check meter',
  source: 'AEMO methods 11 to 13; every market takes check data first',
  reasons: Reason.checkMeter,
  cim: '3.8.1005',
  espi: 11,
  aemo: 11,
  aemoAhead: 11,
  fill(view, out, at) {
    const check = view.source.context.check;
    for (let k = 0; k < view.slots; k++) {
      const i = view.from + k;
      out[at + k] = check && hasValue(check.quality[i]!) ? check.value[i]! : Number.NaN;
    }
  },
};

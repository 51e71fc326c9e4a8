/**
 * A straight line between the values measured next to the gap: x_k = a + (b - a)·k/(n + 1). With one
 * neighbour only, that neighbour's value goes on.
 */
import { Reason } from '@openami/model';
import type { EstimateMethod } from '../contract.ts';

export const linear: EstimateMethod = {
  id: 'linear',
  title: 'Linear interpolation',
  source: 'California DASMMD, Ontario MDM/R; AEMO method 17',
  reasons: Reason.linear,
  cim: '3.8.1001',
  espi: 9,
  aemo: 17,
  aemoAhead: 69,
  fill(view, out, at) {
    const n = view.slots;
    const from = view.hasBefore ? view.before : view.after;
    const to = view.hasAfter ? view.after : view.before;
    for (let k = 0; k < n; k++) out[at + k] = from + ((to - from) * (k + 1)) / (n + 1);
  },
};

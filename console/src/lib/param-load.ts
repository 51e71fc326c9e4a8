/** Parameters of commands that begin with what a meter has. Pure. */
import type { ParamRecord } from '@openami/model';
import { type Draft, draftOf, paramValue } from './params.ts';

type Plain = Readonly<Record<string, unknown>>;

/** What of a reading becomes parameters, by kind. */
const taken: Readonly<Record<string, (found: Plain) => Plain>> = {
  'activity-calendar': ({ active }) => ({ calendar: active }),
  'special-days': ({ days }) => ({ days }),
  'push-setup': ({ destination, transport, objects }) => ({ destination, transport, objects }),
  'load-limit': ({ thresholdW, minOverS, minUnderS }) => ({ thresholdW, minOverS, minUnderS }),
  'control-mode': ({ mode }) => ({ mode }),
};

/** Whether a meter has what a kind of command sets. */
export function loadable(kind: string): boolean {
  return Object.hasOwn(taken, kind);
}

/** Tables that are worth being compared without being asked to. */
export function isTable(kind: string): boolean {
  return kind === 'activity-calendar' || kind === 'special-days' || kind === 'push-setup';
}

/** The form with what a meter was found to have; what it does not tell stays. */
export function draftFound(kind: string, spec: ParamRecord, draft: Draft, found: Plain): Draft {
  const kept = paramValue(spec, draft) as Plain;
  return draftOf(spec, { ...kept, ...taken[kind]?.(found) });
}

/** The form as JSON for a person. */
export function draftJson(spec: ParamRecord, draft: Draft): string {
  return JSON.stringify(paramValue(spec, draft), null, 2);
}

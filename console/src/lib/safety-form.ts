/** The safety policy as a form: numbers and moments as text. Pure. */
import { type ParamRecord, param } from '@openami/model';
import type { SafetyBody } from '@openami/server/contract';
import { type Draft, draftOf, paramValue } from './params.ts';

const epochS = param.whole(0, 4_294_967_295);
const moratorium = {
  type: 'record',
  fields: { fromS: epochS, untilS: epochS, reason: param.text(200) },
} as const;

/** What of the policy is a list of records. */
export const safetyLists = {
  type: 'record',
  fields: { moratoria: param.list(moratorium, 0, 200) },
} as const satisfies ParamRecord;

/** What of it is a number; the limits are those of the server. */
export const safetyNumbers = [
  {
    name: 'fourEyesAboveMeters',
    label: 'A second person above, meters',
    help: 'Orders and campaigns for more',
    ...{ min: 0, max: 1_000_000 },
  },
  {
    name: 'maxPerHour',
    label: 'Interruptions an hour, at most',
    help: 'More wait for their turn',
    ...{ min: 0, max: 1_000_000 },
  },
  {
    name: 'maxPerFeederPerHour',
    label: 'Of one feeder, at most',
    help: 'Interruptions an hour',
    ...{ min: 0, max: 1_000_000 },
  },
  {
    name: 'coolDownS',
    label: 'Cool-down, s',
    help: 'Between two interruptions of a supply',
    ...{ min: 0, max: 31_536_000 },
  },
  {
    name: 'maxMetersPerOrder',
    label: 'Meters of an order, at most',
    help: 'Of any command',
    ...{ min: 1, max: 100_000 },
  },
] as const;
type NumberName = (typeof safetyNumbers)[number]['name'];

export interface SafetyForm
  extends Readonly<Record<NumberName, string>>,
    Pick<SafetyBody, 'requireSignature'> {
  readonly fourEyesAlways: readonly string[];
  readonly moratoria: readonly Draft[];
  readonly signers: readonly SafetyBody['signers'][number][];
}

export function safetyForm(policy: SafetyBody): SafetyForm {
  const numbers = safetyNumbers.map(({ name }) => [name, String(policy[name])]);
  const second = (text: string) => Math.floor(Date.parse(text) / 1000);
  return {
    ...(Object.fromEntries(numbers) as Record<NumberName, string>),
    fourEyesAlways: policy.fourEyesAlways,
    moratoria: policy.moratoria.map(({ from, until, reason }) =>
      draftOf(moratorium, { fromS: second(from), untilS: second(until), reason }),
    ),
    requireSignature: policy.requireSignature,
    signers: policy.signers,
  };
}

export function safetyChange(form: SafetyForm): SafetyBody {
  const numbers = safetyNumbers.map(({ name }) => [name, Number(form[name])]);
  const iso = (second: number) => new Date(second * 1000).toISOString();
  return {
    ...(Object.fromEntries(numbers) as Record<NumberName, number>),
    fourEyesAlways: [...form.fourEyesAlways],
    moratoria: form.moratoria.map((draft) => {
      const value = paramValue(moratorium, draft) as { fromS: number; untilS: number; reason: string };
      return { from: iso(value.fromS), until: iso(value.untilS), reason: value.reason };
    }),
    requireSignature: form.requireSignature,
    signers: [...form.signers],
  };
}

/** How a reading's quality is shown: in words, in colour, and in a mark, so that colour is never alone. */
import { Quality, type QualityState } from '@openami/model';

export interface QualityLook {
  readonly code: number;
  readonly state: QualityState;
  readonly label: string;
  /** What it means, for a person who has to decide on it. */
  readonly meaning: string;
  /** Custom property that holds its colour. */
  readonly colour: string;
  /** One letter used as its mark in dense places. */
  readonly letter: string;
  /** Higher wants attention sooner. */
  readonly rank: number;
}

const look = (
  state: QualityState,
  letter: string,
  rank: number,
  label: string,
  meaning: string,
): QualityLook => ({ code: Quality[state], state, label, meaning, letter, rank, colour: `--q-${state}` });

const looks: readonly QualityLook[] = [
  look('raw', 'R', 1, 'Raw', 'As the meter sent it; not validated yet.'),
  look('valid', 'V', 2, 'Valid', 'Passed every validation rule.'),
  look('verified', 'C', 3, 'Verified', 'Failed a rule, was checked and found real.'),
  look('derived', 'D', 4, 'Derived', 'Computed from other readings.'),
  look('projected', 'P', 5, 'Projected', 'A forecast, not a measurement.'),
  look('estimated', 'E', 6, 'Estimated', 'No usable reading came; the value is an estimate.'),
  look('edited', 'M', 7, 'Edited', 'Changed by a person.'),
  look('questionable', '?', 8, 'Questionable', 'Failed a validation rule and waits for a decision.'),
  look('missing', '–', 9, 'Missing', 'Known to be absent: no value came for this interval.'),
];

const byCode = new Map(looks.map((l) => [l.code, l]));
const ranks = Uint8Array.from({ length: 256 }, (_, code) => byCode.get(code)?.rank ?? 0);

/** The looks in the order of a legend. */
export const qualityLooks = looks;

/** Look of a stored quality code; an unknown code shows as raw. */
export function qualityLook(code: number): QualityLook {
  return byCode.get(code) ?? looks[0]!;
}

export function qualityRank(code: number): number {
  return ranks[code] ?? 0;
}

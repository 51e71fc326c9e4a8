/** What `npm run fuzz` throws bytes at: every decoder of a protocol, each raising its own errors only. */

import { c12Seeds, c12Targets } from '../c12/fuzz.ts';
import { dlmsSeeds, dlmsTargets } from '../dlms/fuzz.ts';
import { iecSeeds, iecTargets } from '../iec62056-21/fuzz.ts';
import { lorawanSeeds, lorawanTargets } from '../lorawan/fuzz.ts';
import { mbusSeeds, mbusTargets } from '../mbus/fuzz.ts';
import { modelSeeds, modelTargets } from '../models/fuzz.ts';
import { p1Seeds, p1Targets } from '../p1/fuzz.ts';
import { smlSeeds, smlTargets } from '../sml/fuzz.ts';
import type { Target } from './target.ts';

interface Protocol {
  readonly targets: readonly Target[];
  /** Golden inputs, to be damaged. */
  readonly seeds: () => Uint8Array[];
}

export const protocols: Readonly<Record<string, Protocol>> = {
  c12: { targets: c12Targets, seeds: c12Seeds },
  dlms: { targets: dlmsTargets, seeds: dlmsSeeds },
  'iec62056-21': { targets: iecTargets, seeds: iecSeeds },
  lorawan: { targets: lorawanTargets, seeds: lorawanSeeds },
  mbus: { targets: mbusTargets, seeds: mbusSeeds },
  models: { targets: modelTargets, seeds: modelSeeds },
  p1: { targets: p1Targets, seeds: p1Seeds },
  sml: { targets: smlTargets, seeds: smlSeeds },
};

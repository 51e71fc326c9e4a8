/** What `npm run fuzz` throws bytes at: every decoder of a protocol, each raising its own errors only. */

import { c12Seeds, c12Targets } from '../c12/fuzz.ts';
import { coapSeeds, coapTargets } from '../coap/fuzz.ts';
import { dlmsSeeds, dlmsTargets } from '../dlms/fuzz.ts';
import { iecSeeds, iecTargets } from '../iec62056-21/fuzz.ts';
import { lorawanSeeds, lorawanTargets } from '../lorawan/fuzz.ts';
import { lwm2mSeeds, lwm2mTargets } from '../lwm2m/fuzz.ts';
import { mbusSeeds, mbusTargets } from '../mbus/fuzz.ts';
import { modelSeeds, modelTargets } from '../models/fuzz.ts';
import { p1Seeds, p1Targets } from '../p1/fuzz.ts';
import { senmlSeeds, senmlTargets } from '../senml/fuzz.ts';
import { smlSeeds, smlTargets } from '../sml/fuzz.ts';
import { sparkplugSeeds, sparkplugTargets } from '../sparkplug/fuzz.ts';
import type { Target } from './target.ts';

interface Protocol {
  readonly targets: readonly Target[];
  /** Golden inputs, to be damaged. */
  readonly seeds: () => Uint8Array[];
}

export const protocols: Readonly<Record<string, Protocol>> = {
  c12: { targets: c12Targets, seeds: c12Seeds },
  coap: { targets: coapTargets, seeds: coapSeeds },
  dlms: { targets: dlmsTargets, seeds: dlmsSeeds },
  'iec62056-21': { targets: iecTargets, seeds: iecSeeds },
  lorawan: { targets: lorawanTargets, seeds: lorawanSeeds },
  lwm2m: { targets: lwm2mTargets, seeds: lwm2mSeeds },
  mbus: { targets: mbusTargets, seeds: mbusSeeds },
  models: { targets: modelTargets, seeds: modelSeeds },
  p1: { targets: p1Targets, seeds: p1Seeds },
  senml: { targets: senmlTargets, seeds: senmlSeeds },
  sml: { targets: smlTargets, seeds: smlSeeds },
  sparkplug: { targets: sparkplugTargets, seeds: sparkplugSeeds },
};

export { type BillingRuns, benchBilling } from './billing.ts';

import { benchDecode } from './decode/decode.ts';
import { benchDlms } from './dlms/dlms.ts';
import { benchIngest } from './ingest.ts';
import { benchMqtt } from './mqtt.ts';
import { benchQuery } from './query.ts';
import type { BenchOptions, BenchResult } from './types.ts';
import { benchVee } from './vee/vee.ts';

export { benchDecode, decodeParts } from './decode/decode.ts';
export { benchDlms, dlmsParts } from './dlms/dlms.ts';
export { benchIngest } from './ingest.ts';
export { benchMqtt } from './mqtt.ts';
export { benchQuery } from './query.ts';
export type { BenchOptions, BenchResult } from './types.ts';
export { benchVee } from './vee/vee.ts';
export { benchWhatIf, type WhatIfRuns } from './what-if.ts';

/** Benchmarks by name, as `openami bench <name>` runs them. */
export const benches: Record<string, (options: BenchOptions) => Promise<BenchResult>> = {
  decode: benchDecode,
  dlms: benchDlms,
  ingest: benchIngest,
  mqtt: benchMqtt,
  query: benchQuery,
  vee: benchVee,
};

/** A single-phase household meter with relay, as a utility would order one. */
import type { MeterDescription } from '../description.ts';
import { residentialAssociations } from './residential-associations.ts';
import { residentialEvents } from './residential-events.ts';
import { residentialObjects } from './residential-objects.ts';

export const residentialMeter = {
  name: 'residential, single phase, relay',
  maxPduBytes: 4_096,
  conformance: [
    'general-protection',
    'general-block-transfer',
    'read',
    'write',
    'unconfirmed-write',
    'parameterized-access',
    'block-transfer-with-get-or-read',
    'block-transfer-with-set-or-write',
    'block-transfer-with-action',
    'multiple-references',
    'data-notification',
    'access',
    'get',
    'set',
    'selective-access',
    'action',
  ],
  associations: residentialAssociations,
  objects: residentialObjects,
  events: residentialEvents,
} as const satisfies MeterDescription;

import { defineErrors, type ErrorSpec } from '@openami/model';

const row = (title: string, hint: string): ErrorSpec => ({ fault: 'caller', status: 422, title, hint });

/** Why a list of meters, or a row of it, is not taken. */
export const bulkErrors = defineErrors({
  BULK_TOO_MANY: row(
    'The list has more rows than a job may have.',
    'Split it; rows that are repeated do no harm.',
  ),
  BULK_EMPTY: row('The list has no rows.', 'Check its format; the guide on commissioning has examples.'),
  BULK_BROKE_OFF: row(
    'The server stopped while the list was coming in.',
    'Send it again; nothing of it was done.',
  ),
  BULK_STOPPED: {
    fault: 'ours',
    status: 500,
    title: 'The job stopped in the middle of its rows.',
    hint: 'Look at the code in the detail, then resume it: rows that are done are not done again.',
  },
  BULK_NOT_HEARD: row(
    'Nobody hears the meter of this row, and it is not registered.',
    'Send the list again once it is heard, or without the choice of heard meters alone.',
  ),
  BULK_COMMODITY: row(
    'Neither the row nor the job says what the meter measures.',
    'Add a column commodity, or choose one for the whole list.',
  ),
  BULK_USAGE_POINT: row(
    'There is no such usage point.',
    'Import the usage points first, then resume the job.',
  ),
  BULK_NO_KEY: row(
    'The meter encrypts, and the row has no key for it.',
    'Send its key list: rows of meters that are registered are taken again without harm.',
  ),
  PROVISIONING_NOTHING: row(
    'No meter that was asked for has LoRaWAN keys here.',
    'Import its join file first; keys that the network server made are with it alone.',
  ),
});

import { defineErrors } from '@openami/model';

/** What is wrong with one reading of a push; the others stand. */
export const pushErrors = defineErrors({
  DLMS_PUSH_NO_UNIT: {
    fault: 'peer',
    status: 502,
    title: 'A number was pushed without scaler and unit, and no layout knows them.',
    hint: 'Read scaler_unit of the object once and add it to a layout of the model.',
  },
});

/** Errors of validation and estimation. */
import { defineErrors } from '@openami/model';

export const veeErrors = defineErrors({
  VEE_RULE_SET_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The rule set cannot be used as it is written.',
    hint: 'Mend the places named in the message; GET /api/v1/vee/rules lists the rules and their parameters.',
  },
  VEE_FORMULA: {
    fault: 'caller',
    status: 422,
    title: 'The formula of the virtual channel cannot be worked out.',
    hint: 'Mend the place named in the message; docs/guides/virtual-channels.md shows the functions.',
  },
  VEE_FORMULA_CYCLE: {
    fault: 'caller',
    status: 422,
    title: 'A virtual channel would be made of itself.',
    hint: 'Take one of the channels named in the message out of a formula of the ring.',
  },
});

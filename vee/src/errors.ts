/** Errors of validation and estimation. */
import { defineErrors } from '@openami/model';

export const veeErrors = defineErrors({
  VEE_RULE_SET_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The rule set cannot be used as it is written.',
    hint: 'Mend the places named in the message; docs/reference lists the rules and their parameters.',
  },
});

/** Refusals of prepay. */
import { defineErrors } from '@openami/model';

export const prepayErrors = defineErrors({
  PREPAY_START: {
    fault: 'caller',
    status: 422,
    title: 'Prepay cannot begin or end on this day.',
    hint: 'It begins with a cycle that is not billed, and ends with one that did not begin: see the message.',
  },
  PREPAY_NO_POLICY: {
    fault: 'caller',
    status: 409,
    title: 'No version of this prepay policy is approved.',
    hint: 'Have the policy approved by another administrator than who proposed it, or name another.',
  },
  PREPAY_CURRENCY: {
    fault: 'caller',
    status: 422,
    title: 'The amount is in another currency.',
    hint: 'Use the currency that the message names.',
  },
  PREPAY_REFERENCE_REUSED: {
    fault: 'caller',
    status: 409,
    title: 'This reference was used for another payment.',
    hint: 'Give each payment a reference of its own; the same payment may be sent again as it was.',
  },
  PREPAY_AMBIGUOUS: {
    fault: 'caller',
    status: 409,
    title: 'The account has several agreements on prepay.',
    hint: 'Name the agreement instead of the account.',
  },
  PREPAY_SECOND_PERSON: {
    fault: 'caller',
    status: 403,
    title: 'A second person must decide on this.',
    hint: 'Ask another person to decide, signed in as a person and not by a token.',
  },
});

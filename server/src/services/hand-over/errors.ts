import { defineErrors } from '@openami/model';

/** Errors of what is handed over to other systems. */
export const handOverErrors = defineErrors({
  WEBHOOK_URL: {
    fault: 'caller',
    status: 422,
    title: 'The URL of the webhook cannot be used.',
    hint: 'Give an https:// URL without user, password and fragment.',
  },
  WEBHOOK_ADDRESS: {
    fault: 'caller',
    status: 422,
    title: 'Webhooks are not sent to this address.',
    hint: 'Use a public address over https, or allow the address with OPENAMI_WEBHOOK_ALLOW.',
  },
  HAND_OVER_NOTHING: {
    fault: 'caller',
    status: 409,
    title: 'The run has no bills that were not handed over.',
    hint: 'List its batches; refused bills are handed over again by themselves, not with the run.',
  },
  SETTLEMENT_WINDOW: {
    fault: 'caller',
    status: 422,
    title: 'The window cannot be settled as it is asked for.',
    hint: 'Give two times that are whole intervals apart, and at most 400 days.',
  },
  SETTLEMENT_GROUP: {
    fault: 'caller',
    status: 422,
    title: 'A loss factor is of a group that the settlement does not have.',
    hint: 'Name groups as the settlement lists them; leave out those of other groupings.',
  },
  SETTLEMENT_TOO_MANY: {
    fault: 'caller',
    status: 422,
    title: 'The settlement would have too many groups or intervals.',
    hint: 'Ask for a shorter window, longer intervals, or a coarser grouping.',
  },
  SETTLEMENT_BUILDING: {
    fault: 'caller',
    status: 409,
    title: 'The settlement is not worked out.',
    hint: 'Wait until its state is done. Where it failed, the message says why: mend that and ask anew.',
  },
  SETTLEMENT_OTHER: {
    fault: 'caller',
    status: 422,
    title: 'The two settlements are not of the same window, intervals, commodity and grouping.',
    hint: 'Compare runs of one settlement: initial, revised and final.',
  },
});

import { defineErrors } from '@openami/model';

/** Faults of what gateways hand on, before it is a telegram. */
export const radioErrors = defineErrors({
  RADIO_FORM: {
    fault: 'caller',
    status: 422,
    title: 'The message holds no telegram.',
    hint: 'Send hexadecimal lines, JSON with the telegram under `telegram`, or the bytes themselves.',
  },
  RADIO_MODELS: {
    fault: 'caller',
    status: 500,
    title: 'A file of meter models cannot be read.',
    hint: 'Correct the file or the folder that the detail names; `openami model test FILE` says more.',
  },
  RADIO_REPLAYED: {
    fault: 'peer',
    status: 422,
    title: 'The telegram is older than one of this meter that was heard before it.',
    hint: 'Somebody may repeat what he recorded. A gateway that holds telegrams back must say their time.',
  },
  RADIO_TOO_MANY: {
    fault: 'caller',
    status: 413,
    title: 'The message holds too many telegrams.',
    hint: 'Send at most 1,000 in one message.',
  },
});

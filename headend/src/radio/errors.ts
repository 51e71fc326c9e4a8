import { defineErrors } from '@openami/model';

/** Faults of what gateways hand on, before it is a telegram. */
export const radioErrors = defineErrors({
  RADIO_FORM: {
    fault: 'caller',
    status: 422,
    title: 'The message holds no telegram.',
    hint: 'Send hexadecimal lines, JSON with the telegram under `telegram`, or the bytes themselves.',
  },
  RADIO_LISTEN_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'The port for telegrams cannot be listened on.',
    hint: 'Set OPENAMI_RADIO_TCP_PORT to a free port, OPENAMI_RADIO_TCP_HOST to an address of the machine.',
  },
  RADIO_MODELS: {
    fault: 'caller',
    status: 500,
    title: 'A file of meter models cannot be read.',
    hint: 'Correct the file or the folder that the detail names; `openami model test FILE` says more.',
  },
  RADIO_NO_METER: {
    fault: 'peer',
    status: 422,
    title: 'The telegram names its meter in a way that cannot be used.',
    hint: 'Name the gateway after the meter and leave out the identification, or report the bytes.',
  },
  RADIO_NOT_ENCRYPTED: {
    fault: 'peer',
    status: 422,
    title: 'The telegram is in the clear, and the meter has a key for its port.',
    hint: 'Take the key out if the meter does not encipher; else somebody sends under its name.',
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

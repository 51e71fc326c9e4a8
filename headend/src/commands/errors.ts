import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 409 } as const;

/** Failures of commands to meters; also the code a command that did not work out carries. */
export const commandErrors = defineErrors({
  COMMAND_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The command or its parameters are not allowed.',
    hint: 'Correct what the detail names; GET /api/v1/commands/kinds lists each kind with its parameters.',
  },
  COMMAND_NO_DRIVER: {
    ...caller,
    title: 'No driver of this head-end can reach the meter.',
    hint: 'Give the meter an endpoint with a protocol this head-end drives; the detail names the meters.',
  },
  COMMAND_PROTECTED: {
    ...caller,
    title: 'The usage point is marked critical or of medical priority: its supply is never interrupted.',
    hint: 'Leave the meters named in the detail out; an administrator can take the mark off.',
  },
  COMMAND_MOVED: {
    ...caller,
    title: 'The meter is at another usage point now than the one the command was ordered for.',
    hint: 'Nothing was sent; order it again for the meter that is at the usage point now, if still wanted.',
  },
  COMMAND_KEY_REUSED: {
    ...caller,
    title: 'This key was used for a different order.',
    hint: 'Use a new key for each new order; the same key gives the same order back.',
  },
  COMMAND_STATE: {
    ...caller,
    title: 'The command is not in a state that allows this.',
    hint: 'Commands can be cancelled until they run; what may be in the meter is decided by reading it back.',
  },
  COMMAND_FOUR_EYES: {
    fault: 'caller',
    status: 403,
    title: 'A second person must decide on this order.',
    hint: 'Ask another operator or administrator to approve it, signed in as a person and not by a token.',
  },
  COMMAND_NOT_YOURS: {
    fault: 'caller',
    status: 403,
    title: 'A draft is submitted by the person who made it, and by nobody else.',
    hint: 'Order it yourself if it is wanted: another person decides on it then. The draft can be cancelled.',
  },
  COMMAND_KILLED: {
    ...caller,
    title: 'The kill switch is on: nothing is sent that acts on meters.',
    hint: 'Find out who turned it on and why (audit trail); an administrator turns it off.',
  },
  COMMAND_MORATORIUM: {
    ...caller,
    title: 'A moratorium is on: no supply is interrupted now.',
    hint: 'The command waits until the moratorium ends or the command expires.',
  },
  COMMAND_RATE: {
    ...caller,
    title: 'So many supplies were interrupted in the last hour that no more may be now.',
    hint: 'The command waits for its turn; the caps are part of the safety policy.',
  },
  COMMAND_COOL_DOWN: {
    ...caller,
    title: 'The supply was switched a short time ago.',
    hint: 'The command waits until the cool-down of the safety policy is over.',
  },
  COMMAND_EXPIRED: {
    fault: 'timeout',
    status: 409,
    title: 'The command expired before it could be sent.',
    hint: 'Nothing was sent; look at why the meter was out of reach and order it again if still wanted.',
  },
  COMMAND_REFUSED: {
    fault: 'peer',
    status: 502,
    title: 'The meter refused the command, and reading it back shows that nothing changed.',
    hint: 'Check the access rights of the association and what the model of the meter supports.',
  },
  COMMAND_NOT_DONE: {
    fault: 'peer',
    status: 502,
    title: 'Reading the meter back shows that the command did not have its effect.',
    hint: 'Look at the read-back values; order it again only when a repeat does no harm.',
  },
  COMMAND_UNCONFIRMED: {
    fault: 'timeout',
    status: 502,
    title: 'The command may have been executed, but the meter could not be read back.',
    hint: 'Treat it as perhaps done: read the meter before ordering anything that builds on it.',
  },
  COMMAND_UNDER_WAY: {
    fault: 'peer',
    status: 502,
    title: 'The network has the command, and the device has not said yet what came of it.',
    hint: 'Wait: a device that sleeps takes it after its next report. It ends as unconfirmed after a day.',
  },
  COMMAND_NOT_READABLE: {
    fault: 'peer',
    status: 502,
    title: 'The meter does not let be read what the command would be confirmed by; nothing was sent.',
    hint: 'Check the access rights of the association and what the model of the meter supports.',
  },
  COMMAND_METER_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'The meter was in other sessions all the time.',
    hint: 'Ask again: it has one session at a time, and a long read or a firmware transfer takes its time.',
  },
  COMMAND_LINK: {
    fault: 'peer',
    status: 502,
    title: 'The meter could not be reached.',
    hint: 'It is tried again by itself; look at the sessions of the meter if it lasts.',
  },
});

/** Errors of the simulator. */
import { defineErrors } from '@openami/model';

export const simErrors = defineErrors({
  SIM_OPTIONS: {
    fault: 'caller',
    status: 400,
    title: 'The simulated utility cannot be built with these options.',
    hint: 'The detail says which. Usage points are 10 to 1,000,000, a start is YYYY-MM-DD, days are whole.',
  },
  SIM_PORTS: {
    fault: 'caller',
    status: 400,
    title: 'There are not enough ports for the simulated meters.',
    hint: 'Begin at a lower port, simulate fewer meters, or put them behind one port (--gateway).',
  },
  SIM_CHANNEL_MISSING: {
    fault: 'ours',
    status: 500,
    title: 'The registry holds no channel for a simulated meter.',
    hint: 'Register the world before its history is stored; if it was, remove the demo data and start again.',
  },
  SIM_STATE: {
    fault: 'caller',
    status: 409,
    title: 'The data directory holds a demo made with other options, or by an older version.',
    hint: 'Start the demo with the options it was made with, or with an empty data directory.',
  },
  SIM_LISTEN: {
    fault: 'ours',
    status: 500,
    title: 'A simulated meter cannot listen.',
    hint: 'Check that the port is free, and with many meters how many files may be open (ulimit -n).',
  },
  SIM_NO_ANSWER: {
    fault: 'timeout',
    status: 504,
    title: 'A simulated device was given no answer.',
    hint: 'Check that the server listens at that address and port, and that nothing between them drops UDP.',
  },
  SIM_CREDENTIALS: {
    fault: 'ours',
    status: 500,
    title: 'A simulated device was given no credentials.',
    hint: 'Issue a credential for every user that planFleet() lists.',
  },
});

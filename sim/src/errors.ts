/** Errors of the simulator. */
import { defineErrors } from '@openami/model';

export const simErrors = defineErrors({
  SIM_OPTIONS: {
    fault: 'caller',
    status: 400,
    title: 'The simulated utility cannot be built with these options.',
    hint: 'Give 10 to 1,000,000 usage points, a start date as YYYY-MM-DD and a whole number of days.',
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
    title: 'The data directory holds a demo made with other options.',
    hint: 'Start the demo with the options it was made with, or with an empty data directory.',
  },
  SIM_LISTEN: {
    fault: 'ours',
    status: 500,
    title: 'A simulated meter cannot listen.',
    hint: 'Check that the port is free, and with many meters how many files may be open (ulimit -n).',
  },
  SIM_CREDENTIALS: {
    fault: 'ours',
    status: 500,
    title: 'A simulated device was given no credentials.',
    hint: 'Issue a credential for every user that planFleet() lists.',
  },
});

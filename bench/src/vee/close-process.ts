/** Closes a share of the channels in a process of its own; started by `bench vee`. */
import { type CloseJob, closeChannels } from './close.ts';

process.once('message', (job) => {
  process.send?.(closeChannels(job as CloseJob));
  process.disconnect?.();
});

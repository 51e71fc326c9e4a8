/** Closes a share of the channels in a process of its own; started by `bench vee`. */
import { type CloseJob, closeChannels } from './close.ts';

process.once('message', (job) => {
  // only when it is sent: a channel that closes before loses it
  process.send?.(closeChannels(job as CloseJob), undefined, undefined, () => process.disconnect());
});

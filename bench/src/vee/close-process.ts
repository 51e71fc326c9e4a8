/** Closes a share of the channels in a process of its own; started by `bench vee`. */
import { type CloseJob, closeChannels } from './close.ts';

process.once('message', async (job) => {
  const report = await closeChannels(job as CloseJob);
  // only when it is sent: a channel that closes before loses it
  process.send?.(report, undefined, undefined, () => process.disconnect());
});

/** A process that takes and drops a lock as it is told; answers whether it has it. */
import { takeLock } from '../src/engine-lock.ts';

let held: (() => void) | undefined;

process.on('message', async (order: 'take' | 'drop') => {
  if (order === 'take') {
    const taken = await takeLock(process.argv[2]!, 0);
    held = typeof taken === 'number' ? undefined : taken;
  } else {
    held?.();
    held = undefined;
  }
  process.send!(held !== undefined);
});
process.send!(false);

/**
 * What a fault nobody caught does to the server: nothing it knows is certain any more, so it says so, stores
 * what was taken, and ends with an exit code a supervisor acts on. What was not acknowledged comes again.
 */
import type { Logger } from '../log.ts';

const closeMs = 15_000;
const hint =
  'A fault of the program: please report it with these lines. Start it again: nothing acknowledged is lost.';

/** Installs the policy for this process; `close` may be called before anything runs. */
export function endOnFault(log: Logger, close: () => Promise<void>): void {
  let ending = false;
  const end = (kind: string) => (fault: unknown) => {
    const err = fault instanceof Error ? fault : new Error(String(fault));
    log.fatal({ err, code: 'INTERNAL', kind, hint }, `The server stops after a fault: ${err.message}`);
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), closeMs).unref();
    close().then(
      () => process.exit(1),
      () => process.exit(1),
    );
  };
  process.on('uncaughtException', end('uncaughtException'));
  process.on('unhandledRejection', end('unhandledRejection'));
}

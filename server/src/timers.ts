/** What a server does again and again. */
import { systemAccess } from '@openami/model';
import { writesReadings } from './config.ts';
import type { AppContext } from './context.ts';
import { Follower } from './services/follower.ts';

const followEveryMs = 3_000;

/** A process that does not write looks at what others wrote. */
export function startFollower(context: AppContext): () => void {
  const follower = new Follower(context);
  const timer = setInterval(() => {
    follower.look().catch((error: unknown) => {
      context.log.warn({ err: error }, 'New readings could not be looked at');
    });
  }, followEveryMs).unref();
  return () => clearInterval(timer);
}

/** Starts them; the returned function stops them. */
export function startTimers(context: AppContext): () => void {
  const { config, directory, heard, live, registry, commands, pendingReadings, credentialWatch, log } =
    context;
  const { mappings, lorawan } = context;
  const quietly = (what: string, work: () => Promise<unknown>) => () =>
    void work().catch((error: unknown) => log.warn({ err: error }, what));
  const deliver = () => {
    if (writesReadings(config))
      void pendingReadings.deliver().catch((error: unknown) => pendingReadings.note(error));
  };
  deliver();
  const timers = [
    setInterval(deliver, 5_000),
    setInterval(() => {
      live.tick();
      commands.tick();
    }, 1_000),
    setInterval(
      quietly('The directory could not be refreshed', () => directory.refresh()),
      3_000,
    ),
    setInterval(
      quietly('Mappings could not be looked at', () => mappings.refresh()),
      3_000,
    ),
    setInterval(
      quietly('Codecs could not be looked at', () => lorawan.codecs.refresh()),
      3_000,
    ),
    setInterval(
      quietly('Changed credentials could not be looked at', () => credentialWatch.check()),
      3_000,
    ),
    setInterval(
      quietly('Meters could not be marked active', async () => {
        const fresh = heard.takeFresh();
        if (fresh.length > 0) await registry.meters.markActive(systemAccess, fresh);
      }),
      15_000,
    ),
  ];
  for (const timer of timers) timer.unref();
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

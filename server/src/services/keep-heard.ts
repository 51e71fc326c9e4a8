/** What is heard over the air, kept in the registry for the next start. */
import type { Heard, SignalBook } from '@openami/headend';
import { systemAccess } from '@openami/model';
import type { RadioRepository } from '@openami/store';
import type { Logger } from '../log.ts';
import { InTurn } from './in-turn.ts';

const saveMs = 30_000;
const savedAtOnce = 1_000;

/**
 * Keeps what changes in a book from now on; the returned function stops, after what is left was kept. What
 * could not be kept is kept with what changes next.
 */
export function keepHeard<A extends object, S extends string>(
  book: SignalBook<A, S>,
  repository: Pick<RadioRepository, 'save'>,
  log: Logger,
): () => Promise<void> {
  const saveAll = async () => {
    const changed: Heard<A, S>[] = book.takeChanged();
    for (let at = 0; at < changed.length; at += savedAtOnce) {
      try {
        await repository.save(systemAccess, changed.slice(at, at + savedAtOnce));
      } catch (error) {
        book.putBack(changed.slice(at));
        throw error;
      }
    }
  };
  const turn = new InTurn();
  const save = () => turn.run(saveAll);
  const timer = setInterval(() => {
    save().catch((error: unknown) => log.warn({ err: error }, 'What is heard could not be kept'));
  }, saveMs).unref();
  return async () => {
    clearInterval(timer);
    await save();
  };
}

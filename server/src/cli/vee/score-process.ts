/** Scores a share of the channels in a process of its own; started by `openami vee score`. */
import { OpenAmiError } from '@openami/model';
import { type ChannelScore, type ShareRequest, scoreShare } from './score-share.ts';

/** What the process says. */
export type ShareReport =
  | { readonly kind: 'progress'; readonly done: number; readonly words: string }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'scores'; readonly scores: readonly ChannelScore[] }
  | {
      readonly kind: 'error';
      /** Absent for a fault of the program. */
      readonly code?: string;
      readonly message: string;
      readonly data?: Record<string, unknown>;
    };

const say = (report: ShareReport): void => void process.send?.(report);
/** Ends when it is sent: a channel that closes before loses it. */
const sayLast = (report: ShareReport): void =>
  void process.send?.(report, undefined, undefined, () => process.disconnect());

// nobody waits for what a share makes once its parent is gone
process.once('disconnect', () => process.exit());
process.once('message', (request) => {
  scoreShare(
    request as ShareRequest,
    (done, words) => say({ kind: 'progress', done, words }),
    (text) => say({ kind: 'note', text }),
  )
    .then((scores) => sayLast({ kind: 'scores', scores }))
    .catch((error: Error) =>
      sayLast(
        error instanceof OpenAmiError
          ? { kind: 'error', code: error.code, message: error.message, data: error.data }
          : { kind: 'error', message: error.stack ?? error.message },
      ),
    );
});

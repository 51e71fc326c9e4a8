/** Errors that both halves of the store raise. */
import { defineErrors } from '@openami/model';

export const storeErrors = defineErrors({
  OUT_OF_SCOPE: {
    fault: 'caller',
    status: 403,
    title: 'This is outside what the caller may see.',
    hint: 'Ask for your own usage points, or ask an administrator for a wider scope.',
  },
  MIGRATION_CHANGED: {
    fault: 'ours',
    status: 500,
    title: 'A migration that was applied to this store reads differently in this program.',
    hint: 'Run the release that last ran on this store, or restore a backup into an empty one.',
  },
  STORE_NOT_EMPTY: {
    fault: 'caller',
    status: 409,
    title: 'The store to restore into holds data already.',
    hint: 'Restore into a new data folder, or into an empty database.',
  },
});

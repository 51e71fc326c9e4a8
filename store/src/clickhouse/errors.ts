/** Errors of the reading store. */
import { defineErrors } from '@openami/model';

export const readingStoreErrors = defineErrors({
  BAD_POSITION: {
    fault: 'caller',
    status: 400,
    title: 'The page cursor is not one that was handed out for this list.',
    hint: 'Start again without a cursor.',
  },
  ENGINE_UNAVAILABLE: {
    fault: 'ours',
    status: 503,
    title: 'The reading store does not answer.',
    hint: 'Wait: it is restarted by itself. If it stays so, run `openami doctor` and look at the log.',
    detailForLog: true,
  },
  ENGINE_START_FAILED: {
    fault: 'ours',
    status: 503,
    title: 'The embedded reading store did not start.',
    hint: 'Check that no other process uses the data directory and that it can be written, then start again.',
    detailForLog: true,
  },
  ENGINE_QUERY_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'The reading store refused a statement.',
    hint: 'Report it with the lines of the log that have the request id: they hold the text of the engine.',
    detailForLog: true,
  },
  STORE_CLOSED: {
    fault: 'closed',
    status: 503,
    title: 'The reading store is closed.',
    hint: 'The server is shutting down: send it again once it is up.',
  },
  STORE_FULL: {
    fault: 'ours',
    status: 507,
    title: 'The disk of the reading store is full.',
    hint: 'Free space or shorten the retention. Nothing was acknowledged: senders will repeat by themselves.',
    detailForLog: true,
  },
  QUEUE_FULL: {
    fault: 'ours',
    status: 503,
    title: 'Too many readings wait to be stored.',
    hint: 'Send again later and slower; nothing of this message was stored.',
  },
  STORE_TIMEOUT: {
    fault: 'timeout',
    status: 503,
    title: 'The readings could not be stored in time.',
    hint: 'Send again: a repeat changes nothing.',
  },
  BAD_READING: {
    fault: 'caller',
    status: 400,
    title: 'A reading cannot be stored.',
    hint: 'Values must be whole numbers below 2^53, ends and ids must fit in 32 bits.',
  },
  NATIVE_FORMAT: {
    fault: 'peer',
    status: 502,
    title: 'A result of the reading store is not a Native block.',
    hint: 'Check the version of the ClickHouse server; 24.8 or later is needed.',
    detailForLog: true,
  },
  BACKUP_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The backup is not complete or was changed.',
    hint: 'Use another backup; the message names the file that differs.',
  },
});

/** Errors of the registry store. */
import { defineErrors } from '@openami/model';

export const registryErrors = defineErrors({
  NOT_FOUND: {
    fault: 'caller',
    status: 404,
    title: 'There is no such record, or it lies outside what you may see.',
    hint: 'Check the id or code; list the records to see what is there.',
  },
  ALREADY_EXISTS: {
    fault: 'caller',
    status: 409,
    title: 'A record with this code exists already.',
    hint: 'Choose another code, or update the existing record.',
  },
  VERSION_CONFLICT: {
    fault: 'caller',
    status: 412,
    title: 'The record was changed by someone else since it was read.',
    hint: 'Read it again, look at the change, and repeat the update.',
  },
  STILL_REFERRED_TO: {
    fault: 'caller',
    status: 409,
    title: 'The record refers to, or is referred to by, another record.',
    hint: 'Check the ids in the request; end or move what depends on it first.',
  },
  BAD_VALUE: {
    fault: 'caller',
    status: 422,
    title: 'A value is not allowed in its field.',
    hint: 'Correct the field named in the detail.',
  },
  BAD_CURSOR: {
    fault: 'caller',
    status: 400,
    title: 'The page cursor is not one that was handed out for this list.',
    hint: 'Start again without a cursor.',
  },
  METER_BUSY: {
    fault: 'caller',
    status: 409,
    title: 'The meter is installed elsewhere in that period.',
    hint: 'Remove the meter from its usage point first, or choose a later time.',
  },
  USAGE_POINT_BUSY: {
    fault: 'caller',
    status: 409,
    title: 'The usage point has a meter of this role in that period.',
    hint: 'Remove or exchange the meter that is there, or choose another role.',
  },
  NOT_INSTALLED: {
    fault: 'caller',
    status: 409,
    title: 'No meter is installed there at that time.',
    hint: 'Check the time and the installation history.',
  },
  COMMODITY_MISMATCH: {
    fault: 'caller',
    status: 422,
    title: 'Meter and usage point are of different commodities.',
    hint: 'Choose a meter of the commodity of the usage point.',
  },
  IMPORT_STATE: {
    fault: 'caller',
    status: 409,
    title: 'The import is not in a state that allows this.',
    hint: 'Queued or running imports can be cancelled, failed or cancelled ones resumed.',
  },
  KEY_PURPOSE: {
    fault: 'caller',
    status: 403,
    title: 'Key material is given out for the purpose `keys` only.',
    hint: 'Only the vault of the head-end asks for it; nobody needs to see a key.',
  },
  KEY_STATE: {
    fault: 'caller',
    status: 409,
    title: 'The key is not in a state that allows this.',
    hint: 'Read the keys of the meter again: somebody else changed them in between.',
  },
  KEY_DESTROYED: {
    fault: 'caller',
    status: 404,
    title: 'There is no such key, or it was destroyed.',
    hint: 'List the keys of the meter; a destroyed key cannot be brought back.',
  },
  COUNTER_EXHAUSTED: {
    fault: 'caller',
    status: 409,
    title: 'The key has no invocation counters left.',
    hint: 'Rotate the key: a new one starts with counters of its own.',
  },
  ROTATION_BUSY: {
    fault: 'caller',
    status: 409,
    title: 'A rotation of keys of this meter is at work or changed in between.',
    hint: 'Let it finish; one rotation a meter, driven by one process at a time.',
  },
  CSV_BROKEN: {
    fault: 'caller',
    status: 422,
    title: 'The file is not a CSV table of this kind.',
    hint: 'Compare the header row with an export of the same kind.',
  },
  MIGRATION_UNKNOWN: {
    fault: 'caller',
    status: 500,
    title: 'The database was migrated by a newer release.',
    hint: 'Install that release or a later one, or restore a backup made by this release.',
  },
  MIGRATION_FAILED: {
    fault: 'ours',
    status: 500,
    title: 'A migration failed and was rolled back.',
    hint: 'Check that the database user owns the schema and may create pg_trgm and btree_gist.',
  },
  ENGINE_START: {
    fault: 'ours',
    status: 503,
    title: 'The embedded PostgreSQL did not start.',
    hint: 'Read the log; check disk space and permissions of the data folder, then start again.',
  },
  ENGINE_LOCKED: {
    fault: 'caller',
    status: 503,
    title: 'The data folder is in use by another process.',
    hint: 'Stop the process named in the detail, or choose another data folder.',
  },
  REGISTRY_UNAVAILABLE: {
    fault: 'ours',
    status: 503,
    title: 'The registry database does not answer.',
    hint: 'It restarts by itself; try again shortly. For a server, check OPENAMI_POSTGRES_URL.',
  },
  REGISTRY_CLOSED: {
    fault: 'closed',
    status: 503,
    title: 'The registry store is closed.',
    hint: 'The program is stopping; try again when it runs.',
  },
  BACKUP_BROKEN: {
    fault: 'caller',
    status: 422,
    title: 'The backup is incomplete or was altered.',
    hint: 'Take another copy of the backup; the detail names the file.',
  },
});

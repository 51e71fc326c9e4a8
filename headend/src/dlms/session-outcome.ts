/** What came of a session, in the words of commands. */
import { OpenAmiError } from '@openami/model';
import type { DriverOutcome } from '../commands/life-cycle.ts';
import type { FieldOutcome } from './field.ts';

/** The meter said no, and nothing changed. */
const refusals = new Set(['DLMS_ACCESS_DENIED', 'DLMS_SERVICE_REFUSED', 'DLMS_TEMPORARY_FAILURE']);
const unsupported = new Set(['DLMS_OBJECT_UNDEFINED', 'DLMS_UNSUPPORTED']);

/** Whether the meter said no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof OpenAmiError && refusals.has(error.code);
}

/** What came of a session in which something was asked. */
export function outcomeOfSession({ ok, ...rest }: FieldOutcome<unknown>): DriverOutcome {
  if (ok || !('error' in rest)) return 'ok';
  const { error, stage } = rest;
  if (stage === 'connect' || stage === 'associate') return 'not-sent';
  if (refusals.has(error.code)) return 'refused';
  return unsupported.has(error.code) ? 'unsupported' : 'lost';
}

/** Runs a session; what stands before it (no key, no address) counts as not sent. */
export async function inField<T>(run: () => Promise<FieldOutcome<T>>): Promise<FieldOutcome<T> | 'not-sent'> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof OpenAmiError) return 'not-sent';
    throw error;
  }
}

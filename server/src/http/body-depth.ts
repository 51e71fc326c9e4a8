/** Bodies that are nested deeper than any of ours: what walks them would run out of stack. */
import type { FastifyInstance } from 'fastify';
import { serverErrors } from '../errors.ts';

/** A tariff, the deepest there is, has a dozen levels. */
const MOST_LEVELS = 100;

/** Whether a value has more levels than `most`, found without recursion. */
function isDeeper(value: unknown, most: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    const next: unknown[] = [];
    for (const each of level)
      for (const inner of Object.values(each as object))
        if (typeof inner === 'object' && inner !== null && !ArrayBuffer.isView(inner)) next.push(inner);
    level = next;
  }
  return false;
}

/** Installs the hook. Streams and bytes are read by their own rules. */
export function installBodyDepth(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ body }) => {
    if (typeof body !== 'object' || body === null || 'pipe' in body || ArrayBuffer.isView(body)) return;
    if (isDeeper(body, MOST_LEVELS))
      throw serverErrors.VALIDATION_FAILED(`the body is nested more than ${MOST_LEVELS} levels deep`);
  });
}

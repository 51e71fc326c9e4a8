/**
 * The thread in which expressions are evaluated that are not evaluated at once. It does nothing but answer
 * requests one by one; what cannot be stopped from inside (a regular expression that never ends, a text
 * without bounds) is stopped from outside, by ending the thread.
 */
import { parentPort } from 'node:worker_threads';
import jsonata from 'jsonata';
import { remember } from '../../remember.ts';
import type { ApartReply, ApartRequest, ApartResult, ApartScope } from './apart-messages.ts';

const port = parentPort!;
const maxKept = 2_000;
/** Of one request, all results together: they are read in the thread that must not be held up. */
const maxReplyChars = 400_000;
const kept = new Map<string, ReturnType<typeof jsonata>>();

port.on('message', (request: ApartRequest) => {
  answer(request).then((reply) => port.postMessage(reply));
});
port.postMessage('ready');

async function answer({ sources, scopes, timeoutMs }: ApartRequest): Promise<ApartReply> {
  const endMs = performance.now() + timeoutMs;
  const results: ApartResult[][] = [];
  let chars = 0;
  for (const scope of scopes) {
    const row: ApartResult[] = [];
    for (const source of sources) {
      const result = await evaluate(source, scope, endMs, timeoutMs);
      chars += typeof result === 'string' ? result.length : 0;
      row.push(chars > maxReplyChars ? { code: 'D2015', message: 'the results are too large' } : result);
    }
    results.push(row);
  }
  return { results };
}

async function evaluate(
  source: string,
  { input, variables }: ApartScope,
  endMs: number,
  timeoutMs: number,
): Promise<ApartResult> {
  if (performance.now() > endMs) return { code: 'D1012', message: 'the time of the message was used up' };
  try {
    const value: unknown = await compiled(source, timeoutMs).evaluate(input, variables);
    const text = JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
    );
    return text ?? '';
  } catch (error) {
    const { code = 'D1012', message = '' } = error as { code?: unknown; message?: unknown };
    return { code: String(code), message: String(message).slice(0, 200) };
  }
}

function compiled(source: string, timeout: number): ReturnType<typeof jsonata> {
  let expression = kept.get(source);
  if (expression === undefined) {
    expression = jsonata(source, { timeout, stack: 500, sequence: 100_000 });
    remember(kept, source, expression, maxKept);
  }
  return expression;
}

/**
 * Idempotency-Key: the answer to an unsafe request is kept for a day, and a repeat with the same key
 * gets the same answer without doing the work again. Kept per caller, bounded by count and bytes.
 *
 * A refusal is not kept, whoever's fault it was: nothing was done, and what was wrong may be mended since.
 *
 * An answer with a secret (a password, a private key) is not kept: a repeat is refused, and does nothing.
 *
 * Streamed bodies (readings, files) are never answered from memory: what they hold is not known before it
 * is read, and readings and imports are idempotent by what they hold.
 *
 * The keys live in this process. Where several API processes run behind a balancer, repeats must
 * reach the same one; the changes themselves are idempotent by natural key in any case.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Clock } from '@openami/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serverErrors } from '../errors.ts';

interface Kept {
  readonly fingerprint: string;
  readonly expiresMs: number;
  answer?: { status: number; type: string; body: string };
  /** The answer held a secret, which is not kept. */
  isGone?: true;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Its answer holds a secret that is shown this once: it is not kept. */
    showsSecret: boolean;
  }
}

const maxKeys = 10_000;
const maxBodyBytes = 65_536;
/** Of all answers that are kept. */
const maxKeptBytes = 16 * 2 ** 20;
const lifeMs = 86_400_000;
const unsafe = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Keys and answers of this process. */
export class IdempotencyStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  #keptBytes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The kept entry, or undefined after remembering a new one. */
  begin(key: string, fingerprint: string): Kept | undefined {
    const now = this.#clock.nowMs();
    const known = this.#kept.get(key);
    if (known && known.expiresMs > now) {
      if (known.fingerprint !== fingerprint) throw serverErrors.IDEMPOTENCY_REUSED();
      if (known.isGone) throw serverErrors.IDEMPOTENCY_SECRET();
      if (!known.answer) throw serverErrors.IDEMPOTENCY_BUSY();
      return known;
    }
    this.#forget(key);
    if (this.#kept.size >= maxKeys) this.#forgetOldest();
    this.#kept.set(key, { fingerprint, expiresMs: now + lifeMs });
    return undefined;
  }

  /** Keeps the answer; a refusal, a failure or a body too big is forgotten, so a repeat works again. */
  finish(key: string, answer: Kept['answer'] | undefined): void {
    const known = this.#kept.get(key);
    if (!known || known.answer) return;
    if (!answer || answer.status >= 400 || answer.body.length > maxBodyBytes) {
      this.#forget(key);
      return;
    }
    known.answer = answer;
    this.#keptBytes += answer.body.length;
    while (this.#keptBytes > maxKeptBytes) this.#forgetOldest();
  }

  /** Remembers that it was answered, and not with what. */
  finishSecretly(key: string): void {
    const known = this.#kept.get(key);
    if (known) known.isGone = true;
  }

  #forgetOldest(): void {
    this.#forget(this.#kept.keys().next().value as string);
  }

  #forget(key: string): void {
    this.#keptBytes -= this.#kept.get(key)?.answer?.body.length ?? 0;
    this.#kept.delete(key);
  }
}

/** Key under which work is kept for good: the caller's, else a new one. */
export function workKeyOf({ headers }: FastifyRequest): string {
  const header = headers['idempotency-key'];
  return typeof header === 'string' && header !== '' ? header : randomUUID();
}

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (typeof header !== 'string' || !unsafe.has(request.method) || !request.principal) return undefined;
  if (header.length === 0 || header.length > 200) {
    throw serverErrors.VALIDATION_FAILED('Idempotency-Key must have 1 to 200 characters');
  }
  return `${request.principal.kind}:${request.principal.id}:${header}`;
}

function isStreamed({ body }: FastifyRequest): boolean {
  return body !== null && typeof body === 'object' && 'pipe' in body;
}

function fingerprintOf({ method, url, body }: FastifyRequest): string {
  const text = JSON.stringify(body) ?? '';
  return createHash('sha256').update(`${method} ${url}\n${text}`).digest('base64url');
}

/** Installs the hooks. */
export function installIdempotency(app: FastifyInstance, store: IdempotencyStore): void {
  const running = new WeakMap<FastifyRequest, string>();
  app.decorateRequest('showsSecret', false);
  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request);
    if (!key || isStreamed(request)) return;
    const kept = store.begin(key, fingerprintOf(request));
    if (!kept?.answer) {
      running.set(request, key);
      return;
    }
    reply.code(kept.answer.status).type(kept.answer.type).header('idempotency-replayed', 'true');
    return reply.serializer((text: unknown) => text as string).send(kept.answer.body);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const key = running.get(request);
    if (!key) return;
    running.delete(request);
    if (request.showsSecret && reply.statusCode < 400) {
      store.finishSecretly(key);
      return;
    }
    const type = String(reply.getHeader('content-type') ?? 'application/json; charset=utf-8');
    const body = typeof payload === 'string' ? payload : payload === undefined ? '' : undefined;
    store.finish(key, body === undefined ? undefined : { status: reply.statusCode, type, body });
  });
  app.addHook('onResponse', async (request) => {
    const key = running.get(request);
    if (key) store.finish(key, undefined);
  });
}

/**
 * Requests that take long to work out, such as bills of months on every tariff: a few at a time, and no
 * caller keeps the others waiting. Who hung up while waiting is not worked for.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serverErrors } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It takes its turn among those that take long. */
    heavy?: boolean;
  }
}

export interface HeavyLimits {
  readonly atOnce: number;
  /** Of one caller, those at work and those that wait. */
  readonly ofCaller: number;
  readonly waiting: number;
}

const usual: HeavyLimits = { atOnce: 2, ofCaller: 8, waiting: 64 };

export class HeavyWork {
  readonly #limits: HeavyLimits;
  readonly #waiting: (() => void)[] = [];
  readonly #ofCaller = new Map<string, number>();
  #atWork = 0;

  constructor(limits: HeavyLimits = usual) {
    this.#limits = limits;
  }

  /** Works when there is room. Raises TOO_MANY_AT_ONCE; for who is gone, CALLER_GONE. */
  async run<T>(caller: string, isGone: () => boolean, work: () => Promise<T>): Promise<T> {
    const { atOnce, ofCaller, waiting } = this.#limits;
    const mine = this.#ofCaller.get(caller) ?? 0;
    if (mine >= ofCaller || this.#waiting.length >= waiting) throw serverErrors.TOO_MANY_AT_ONCE();
    this.#ofCaller.set(caller, mine + 1);
    try {
      if (this.#atWork >= atOnce) await new Promise<void>((begin) => this.#waiting.push(begin));
      else this.#atWork++;
      if (isGone()) throw serverErrors.CALLER_GONE();
      return await work();
    } finally {
      const left = this.#ofCaller.get(caller)! - 1;
      if (left === 0) this.#ofCaller.delete(caller);
      else this.#ofCaller.set(caller, left);
      const next = this.#waiting.shift();
      if (next === undefined) this.#atWork--;
      else next();
    }
  }
}

/** Must come before every route. */
export function installHeavyWork(app: FastifyInstance, heavy = new HeavyWork()): void {
  app.addHook('onRoute', (route) => {
    if (!route.config?.heavy) return;
    const { handler } = route;
    route.handler = function (request, reply) {
      const caller = request.principal?.id ?? request.ip;
      const work = async () => handler.call(this, request, reply);
      return heavy.run(caller, () => isGone(request), work);
    };
  });
}

const isGone = ({ raw }: FastifyRequest): boolean => raw.socket.destroyed;

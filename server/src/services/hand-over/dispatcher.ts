/**
 * Events on their way to webhooks: of each webhook one at a time, in order, at least once. What came of an
 * attempt is stored before the next begins, so a process may die anywhere: at worst a message comes again,
 * under the same id. A webhook that fails rests longer each time; the others do not wait for it.
 */
import { webhookSignature } from '@openami/exchange';
import { type Clock, systemAccess } from '@openami/model';
import type { DeliveryOutcome, RegistryStore, Webhook, WebhookDelivery, WebhookLimits } from '@openami/store';
import type { Logger } from '../../log.ts';
import { Rounds } from '../rounds.ts';
import { checkedUrl } from './addresses.ts';
import { type SendOptions, type SendResult, sendWebhook } from './send.ts';

export interface DispatchLimits extends WebhookLimits {
  /** Webhooks that are sent to at the same time. */
  readonly atOnce: number;
  readonly timeoutMs: number;
  /** Rest after the first failure; twice as long after each further one, up to the longest. */
  readonly restMs: number;
  readonly longestRestMs: number;
  /** Attempts before an event is dead: where nothing answers or the server fails, and where it refuses. */
  readonly attempts: number;
  readonly refusals: number;
}

const usualDispatchLimits: DispatchLimits = {
  ...{ atOnce: 8, timeoutMs: 15_000, restMs: 5_000, longestRestMs: 3_600_000, attempts: 15, refusals: 5 },
  ...{ waiting: 100_000, waitHours: 72, deliveredDays: 7, deadDays: 30 },
};

export interface DispatcherOptions {
  readonly registry: Pick<RegistryStore, 'webhooks'>;
  /** Bytes of the secrets that sign now, the newest first. */
  readonly secretsOf: (webhookId: number) => Promise<readonly Uint8Array[]>;
  readonly filter: SendOptions['filter'];
  readonly resolve?: SendOptions['resolve'];
  /** The real one: receivers compare the time of a signature with their own. */
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  readonly limits?: Partial<DispatchLimits>;
}

const lookEveryMs = 2_000;
const sweepEveryMs = 60_000;
const eventsAtOnce = 50;

/** The body of an event. */
function eventBody({ eventId, kind, at, data }: WebhookDelivery): string {
  return JSON.stringify({ id: eventId, type: kind, timestamp: at.toISOString(), data });
}

export class WebhookDispatcher {
  readonly #options: DispatcherOptions;
  readonly #limits: DispatchLimits;
  readonly #atWork = new Map<number, Promise<void>>();
  readonly #looks: Rounds;
  #stop = new AbortController();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#limits = { ...usualDispatchLimits, ...options.limits };
    const rounds = { what: 'Webhooks', log: options.log, everyMs: lookEveryMs };
    this.#looks = new Rounds(rounds, () => this.#look());
  }

  /** Sends what waits from now on; the returned function ends it: what is under way comes again. */
  start(): () => Promise<void> {
    this.#stop = new AbortController();
    const stopLooks = this.#looks.start();
    const timer = setInterval(
      () => this.sweep().catch((err: unknown) => this.#warn(err, 'Old events could not be removed')),
      sweepEveryMs,
    ).unref();
    return async () => {
      clearInterval(timer);
      this.#stop.abort();
      await stopLooks();
      await this.settled();
    };
  }

  /** Something may wait. */
  kick(): void {
    this.#looks.kick();
  }

  /** Once nothing is under way. */
  async settled(): Promise<void> {
    await this.#looks.settled();
    await Promise.all(this.#atWork.values());
  }

  sweep(): Promise<void> {
    return this.#options.registry.webhooks.sweep(systemAccess, this.#limits);
  }

  async #look(): Promise<void> {
    for (const hook of await this.#options.registry.webhooks.due(systemAccess)) {
      if (this.#atWork.size >= this.#limits.atOnce) return;
      if (this.#atWork.has(hook.id)) continue;
      const work = this.#sendAll(hook)
        .catch((err: unknown) => this.#warn(err, 'Events of a webhook could not be sent'))
        .finally(() => this.#atWork.delete(hook.id));
      this.#atWork.set(hook.id, work);
    }
  }

  /** Until nothing waits or one fails. */
  async #sendAll(hook: Webhook): Promise<void> {
    const { webhooks } = this.#options.registry;
    const secrets = await this.#options.secretsOf(hook.id);
    for (let failures = hook.failures; ; ) {
      const page = await webhooks.next(systemAccess, hook.id, eventsAtOnce);
      for (const delivery of page) {
        if (this.#stop.signal.aborted) return;
        const result = await this.#send(hook, delivery, secrets);
        if (this.#stop.signal.aborted) return;
        const outcome = this.#outcomeOf(result, delivery, failures);
        await webhooks.settle(systemAccess, delivery, outcome);
        if (result.status === 410) {
          await webhooks.pause(systemAccess, hook.id, 'it answered 410: it is gone');
          return;
        }
        if (outcome.state !== 'delivered' && outcome.restMs > 0) return;
        failures = 0;
      }
      if (page.length < eventsAtOnce) return;
      // it may have been paused, removed, or given another secret
      const [still] = (await webhooks.due(systemAccess)).filter(({ id }) => id === hook.id);
      if (still === undefined || still.version !== hook.version) return;
    }
  }

  async #send(hook: Webhook, delivery: WebhookDelivery, secrets: readonly Uint8Array[]): Promise<SendResult> {
    const { filter, resolve, clock } = this.#options;
    const body = eventBody(delivery);
    const timestampS = Math.floor(clock.nowMs() / 1_000);
    const headers = {
      ...{ 'content-type': 'application/json', 'user-agent': 'OpenAMI-Webhook/1' },
      ...{ 'webhook-id': delivery.eventId, 'webhook-timestamp': String(timestampS) },
      'webhook-signature': webhookSignature(secrets, delivery.eventId, timestampS, body),
    };
    try {
      const url = checkedUrl(hook.url, filter);
      const { timeoutMs } = this.#limits;
      const { signal } = this.#stop;
      return await sendWebhook(url, headers, body, {
        filter,
        timeoutMs,
        signal,
        ...(resolve && { resolve }),
      });
    } catch (error) {
      return { status: 0, detail: (error as Error).message, retryAfterS: 0 };
    }
  }

  #outcomeOf(
    { status, detail, retryAfterS }: SendResult,
    { attempts }: WebhookDelivery,
    failures: number,
  ): DeliveryOutcome {
    if (status >= 200 && status < 300) return { state: 'delivered', status, detail: '', restMs: 0 };
    const { restMs, longestRestMs } = this.#limits;
    // what the receiver refuses for good blocks the others for less long than a receiver that is down
    const refuses = status >= 300 && status < 500 && ![408, 409, 425, 429].includes(status);
    const most = refuses ? this.#limits.refusals : this.#limits.attempts;
    const rest = Math.min(restMs * 2 ** Math.min(failures, 30), longestRestMs);
    const asked = Math.min(retryAfterS * 1_000, longestRestMs);
    const text = status >= 300 && status < 400 ? 'redirects are not followed' : detail;
    const state = attempts + 1 >= most ? 'dead' : 'waiting';
    return { state, status, detail: text, restMs: Math.max(rest, asked) };
  }

  #warn(err: unknown, what: string): void {
    this.#options.log.warn({ err }, what);
  }
}

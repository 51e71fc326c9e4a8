/** Webhooks as administrators make them: the address is checked, the secret shown once and sealed. */
import { randomBytes } from 'node:crypto';
import { webhookSecretText } from '@openami/exchange';
import { forKeys, type KeyVault } from '@openami/headend';
import { type AccessContext, type Clock, systemClock } from '@openami/model';
import type { RegistryStore, Webhook, WebhookInput, WebhookSecret } from '@openami/store';
import type { Logger } from '../../log.ts';
import { keysAccess } from '../dlms.ts';
import { AddressFilter, checkedUrl } from './addresses.ts';
import { type DispatchLimits, WebhookDispatcher } from './dispatcher.ts';
import type { SendOptions } from './send.ts';

export interface WebhookServiceOptions {
  readonly registry: Pick<RegistryStore, 'webhooks'>;
  readonly vault: () => Promise<KeyVault>;
  /** Addresses and ranges, with commas, that may be sent to though they are private. */
  readonly allow: string;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly limits?: Partial<DispatchLimits>;
  readonly resolve?: SendOptions['resolve'];
}

const secretBytes = 32;

export class WebhookService {
  readonly dispatcher: WebhookDispatcher;
  readonly #filter: AddressFilter;
  readonly #options: WebhookServiceOptions;

  constructor(options: WebhookServiceOptions) {
    const { registry, allow, log, clock = systemClock, limits, resolve } = options;
    this.#options = options;
    this.#filter = new AddressFilter(allow);
    this.dispatcher = new WebhookDispatcher({
      ...{ registry, filter: this.#filter, clock, log, secretsOf: (id: number) => this.#secretsOf(id) },
      ...(limits && { limits }),
      ...(resolve && { resolve }),
    });
  }

  /** With its secret, which nobody sees again. Raises WEBHOOK_URL, WEBHOOK_ADDRESS, WEBHOOK_LIMIT. */
  async create(ctx: AccessContext, input: WebhookInput): Promise<{ webhook: Webhook; secret: string }> {
    const url = checkedUrl(input.url, this.#filter).href;
    const { sealed, secret } = await this.#newSecret();
    const webhook = await this.#options.registry.webhooks.create(ctx, { ...input, url }, sealed);
    return { webhook, secret };
  }

  /** As `create`; what is not named stays. */
  async change(
    ctx: AccessContext,
    id: number,
    patch: Partial<WebhookInput & { enabled: boolean }>,
    ifVersion?: number,
  ): Promise<Webhook> {
    const url = patch.url === undefined ? {} : { url: checkedUrl(patch.url, this.#filter).href };
    const changed = await this.#options.registry.webhooks.change(ctx, id, { ...patch, ...url }, ifVersion);
    this.dispatcher.kick();
    return changed;
  }

  /** A new secret; the one before signs as well for `overlapHours`. */
  async rotate(
    ctx: AccessContext,
    id: number,
    overlapHours: number,
  ): Promise<{ webhook: Webhook; secret: string }> {
    const { sealed, secret } = await this.#newSecret();
    const { webhooks } = this.#options.registry;
    return { webhook: await webhooks.rotate(ctx, id, sealed, overlapHours * 3_600), secret };
  }

  /** Sends an event `webhook.test`, like any other. */
  async test(ctx: AccessContext, id: number): Promise<void> {
    await this.#options.registry.webhooks.test(ctx, id, { message: 'This is a test of the webhook.' });
    this.dispatcher.kick();
  }

  /** Dead events wait again. How many. */
  async resend(ctx: AccessContext, id: number, deliveries?: readonly number[]): Promise<number> {
    const count = await this.#options.registry.webhooks.resend(ctx, id, deliveries);
    this.dispatcher.kick();
    return count;
  }

  async #newSecret(): Promise<{ sealed: WebhookSecret; secret: string }> {
    const bytes = randomBytes(secretBytes);
    const name = `webhook ${randomBytes(16).toString('hex')}`;
    const sealed = { name, ...(await this.#options.vault()).sealNamed(name, bytes) };
    const secret = webhookSecretText(bytes);
    bytes.fill(0);
    return { sealed, secret };
  }

  async #secretsOf(id: number): Promise<Uint8Array[]> {
    const vault = await this.#options.vault();
    const bytes: Uint8Array[] = [];
    for (const { name, ...sealed } of await this.#options.registry.webhooks.secrets(keysAccess, id))
      bytes.push((await vault.openNamed(forKeys(keysAccess), name, sealed)).bytes());
    return bytes;
  }
}

/** What hands over to other systems, put together. */
import type { KeyVault } from '@openami/headend';
import type { AppContext } from '../../context.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import { BatchService } from './batches.ts';
import { WebhookService } from './webhooks.ts';

type Parts = Pick<AppContext, 'config' | 'registry' | 'store' | 'log'> & {
  readonly book: TariffBook;
  readonly vault: () => Promise<KeyVault>;
};

export function openHandOver({
  config,
  registry,
  log,
  book,
  vault,
}: Parts): Pick<AppContext, 'webhooks' | 'batches'> {
  const webhooks = new WebhookService({ registry, vault, allow: config.webhookAllow, log });
  const batches = new BatchService({ registry, book, log, onHandOver: () => webhooks.dispatcher.kick() });
  return { webhooks, batches };
}

/** Starts the work of both; the returned function stops it. */
export function startHandOver({
  webhooks,
  batches,
}: Pick<AppContext, 'webhooks' | 'batches'>): () => Promise<void> {
  const stops = [batches.start(), webhooks.dispatcher.start()];
  return async () => {
    for (const stop of stops) await stop();
  };
}

/** What hands over to other systems, put together. */
import type { KeyVault } from '@openami/headend';
import type { AppContext } from '../../context.ts';
import type { TariffBook } from '../billing/tariff-book.ts';
import { SettlementService } from '../settlement/settlement.ts';
import { BatchService } from './batches.ts';
import { WebhookService } from './webhooks.ts';

type Parts = Pick<AppContext, 'config' | 'registry' | 'store' | 'log'> & {
  readonly book: TariffBook;
  readonly vault: () => Promise<KeyVault>;
};

export function openHandOver({
  config,
  registry,
  store,
  log,
  book,
  vault,
}: Parts): Pick<AppContext, 'webhooks' | 'batches' | 'settlements'> {
  const webhooks = new WebhookService({ registry, vault, allow: config.webhookAllow, log });
  const batches = new BatchService({ registry, book, log, onHandOver: () => webhooks.dispatcher.kick() });
  return { webhooks, batches, settlements: new SettlementService({ registry, store, log }) };
}

/** Starts the work of all; the returned function stops it. */
export function startHandOver({
  webhooks,
  batches,
  settlements,
}: Pick<AppContext, 'webhooks' | 'batches' | 'settlements'>): () => Promise<void> {
  const stops = [batches.rounds.start(), settlements.rounds.start(), webhooks.dispatcher.start()];
  return async () => {
    for (const stop of stops) await stop();
  };
}

/** Billing and what belongs to it, for the composition root. */
import type { KeyVault } from '@openami/headend';
import type { AppContext } from '../../context.ts';
import type { Logger } from '../../log.ts';
import type { CommandService } from '../commands.ts';
import { openHandOver } from '../hand-over/open.ts';
import { type PrepayOptions, PrepayService } from '../prepay/prepay.ts';
import type { VeeService } from '../vee/vee.ts';
import { BillingService } from './billing.ts';
import { DisputeService } from './disputes/service.ts';

export function openBilling(
  parts: Omit<PrepayOptions, 'book' | 'commands' | 'log'> &
    Pick<AppContext, 'config' | 'names'> & { readonly log: Logger },
  { figures }: Pick<VeeService, 'figures'>,
  commands: CommandService,
  vault: () => Promise<KeyVault>,
): Pick<AppContext, 'billing' | 'disputes' | 'prepay' | 'webhooks' | 'batches' | 'settlements'> {
  const billing = new BillingService({ ...parts, figures });
  return {
    ...{ billing, disputes: new DisputeService({ ...parts, billing }) },
    prepay: new PrepayService({ ...parts, commands, book: billing.book }),
    ...openHandOver({ ...parts, book: billing.book, vault }),
  };
}

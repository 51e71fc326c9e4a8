/** Billing and what belongs to it, for the composition root. */
import type { NameBook } from '../../identity/names.ts';
import { type BillingOptions, BillingService } from './billing.ts';
import { DisputeService } from './disputes/service.ts';

export function openBilling(options: BillingOptions & { readonly names: NameBook }): {
  readonly billing: BillingService;
  readonly disputes: DisputeService;
} {
  const billing = new BillingService(options);
  return { billing, disputes: new DisputeService({ ...options, billing }) };
}

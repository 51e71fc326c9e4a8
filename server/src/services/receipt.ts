/** What became of a push, as the API tells it. */
import type { IngestReceipt } from '@openami/headend';
import type { PushReceipt } from '../contract/ingest.ts';

/** The receipt as the API shows it. */
export function showReceipt(receipt: IngestReceipt): PushReceipt {
  return {
    accepted: receipt.accepted,
    rejected: receipt.rejected.map(({ device, quantity, end, value, code, detail }) => ({
      device,
      quantity,
      end: Math.trunc(end),
      value,
      code,
      detail,
    })),
    rejectedCount: receipt.rejectedTotal,
    rejectedCut: receipt.rejectedCut,
    unregistered: receipt.unregistered,
    missing: receipt.missing,
  };
}

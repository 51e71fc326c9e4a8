/** Commissioning, put together. */
import { systemAccess } from '@openami/model';
import type { AppContext } from '../../context.ts';
import { adoptWaiting, waitingOf } from '../adopt.ts';
import { BulkService } from './bulk-service.ts';
import { CommissioningService } from './service.ts';

type Parts = Pick<
  AppContext,
  'registry' | 'store' | 'directory' | 'clock' | 'log' | 'heard' | 'radio' | 'lorawan' | 'dlms'
>;

/** `contextOf`: the context of which they are part, once it is made. */
export function openCommissioning(
  contextOf: () => AppContext,
  { heard, radio, lorawan, dlms, ...parts }: Parts,
): Pick<AppContext, 'commissioning' | 'bulk'> {
  const sources = {
    radio,
    lorawan,
    sessions: dlms.field.book,
    lastReadS: (meterId: number) => heard.of(meterId),
  };
  return {
    commissioning: new CommissioningService({
      ...{ ...parts, sources },
      adopt: async (device, commodity) => {
        const waiting = await waitingOf(contextOf(), systemAccess, device);
        if (waiting.length > 0) await adoptWaiting(contextOf(), systemAccess, { device, commodity }, waiting);
      },
    }),
    bulk: new BulkService(contextOf),
  };
}

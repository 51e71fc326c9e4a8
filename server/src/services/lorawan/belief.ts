/**
 * What is believed of a message: that it comes from the network server its device is of, and when. Whoever
 * may hand in readings may write any DevEUI and any time into one.
 */
import type { LorawanDevice, LorawanEvent, NetworkServer } from '@openami/wire/lorawan';
import { serverErrors } from '../../errors.ts';

/** Where a device is known: set by the first message of it, and by who says that it moved. */
export interface Binding extends Pick<LorawanDevice, 'applicationId' | 'tenantId'> {
  readonly server: NetworkServer;
}

/** Where the sender of an event says that its device is. */
export function bindingOf({ server, device: { applicationId, tenantId } }: LorawanEvent): Binding {
  return { server, applicationId, tenantId };
}

/** Whether a message is of the network server, application and tenant that its device is known at. */
export function isBoundTo(known: Binding, said: Binding, byBroker: boolean): boolean {
  if (said.server !== known.server) return false;
  const isTenant = known.tenantId === null || said.tenantId === null || known.tenantId === said.tenantId;
  return isTenant && isApplication(known, said, byBroker);
}

/** Webhooks of The Things Stack name the application alone; topics, which are believed, its tenant too. */
function isApplication(known: Binding, said: Binding, byBroker: boolean): boolean {
  if (known.applicationId === '' || known.applicationId === said.applicationId) return true;
  if (known.server !== 'things-stack') return false;
  return isWithTenant(known, said) || (byBroker && isWithTenant(said, known));
}

const isWithTenant = (long: Binding, short: Binding) =>
  short.applicationId !== '' && long.applicationId.startsWith(`${short.applicationId}@`);

/** The application as downlinks need it: a tenant that was told once is not forgotten. */
export function applicationOf(known: Binding | undefined, said: Binding): string {
  const isKept = known?.server === said.server && isWithTenant(known, said);
  return isKept ? known.applicationId : said.applicationId;
}

export const nameOfBinding = ({ server, applicationId, tenantId }: Binding): string =>
  `${server}, application ${applicationId}${tenantId === null ? '' : `, tenant ${tenantId}`}`;

const dayMs = 86_400_000;
/** Brokers keep messages while nobody takes them. */
const mostOldMs = 31 * dayMs;
/** Clocks and time zones that are set wrong; what is said to come later is a lie. */
const mostAheadMs = dayMs;

/**
 * An event at a time that can be: what is ahead of our clock by less than a day is of now. Raises
 * LORAWAN_TIME for what is further ahead, or older than a month.
 */
export function atTrueTime<E extends LorawanEvent>(event: E, receivedMs: number): E {
  const { serverMs } = event;
  if (serverMs === null) return event;
  if (serverMs > receivedMs + mostAheadMs || serverMs < receivedMs - mostOldMs)
    throw serverErrors.LORAWAN_TIME(`its network server says ${new Date(serverMs).toISOString()}`);
  return serverMs > receivedMs ? { ...event, serverMs: receivedMs } : event;
}

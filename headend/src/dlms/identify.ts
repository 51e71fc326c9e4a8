/** Which meter a connection is: by what it sends first, else by asking its public client. */
import { OpenAmiError } from '@openami/model';
import {
  bytesOf,
  DlmsClient,
  type HeardApdu,
  nobleCrypto,
  openApdu,
  readingsOfApdu,
} from '@openami/wire/dlms';
import type { DlmsLink } from './link.ts';
import { carriedTitle } from './push-opener.ts';

/** What a meter told of itself; at least one of them. */
export interface MeterIdentity {
  /** Hex. */
  readonly systemTitle?: string;
  readonly logicalDeviceName?: string;
  /** Name in a push: a serial number. */
  readonly meter?: string;
}

/** Out of telegrams that a meter began with: a title is in the clear, whatever else is not. */
export function identityOfTelegrams(items: readonly HeardApdu[]): MeterIdentity | undefined {
  for (const { apdu } of items) {
    if (apdu === undefined) continue;
    const systemTitle = carriedTitle(apdu.apdu);
    const meter = systemTitle === undefined ? nameIn(apdu.apdu) : undefined;
    if (systemTitle !== undefined || meter !== undefined) {
      return { ...(systemTitle ? { systemTitle } : {}), ...(meter ? { meter } : {}) };
    }
  }
  return undefined;
}

function nameIn(apdu: Uint8Array): string | undefined {
  try {
    return readingsOfApdu(openApdu(apdu))?.meter;
  } catch {
    // whoever takes it as a push tells what is wrong with it
    return undefined;
  }
}

const deviceName = { classId: 1, instance: '0.0.42.0.0.255', attribute: 2 };
const serverTitle = { classId: 64, instance: '0.0.43.0.0.255', attribute: 5 };

/**
 * Asks over a link of the public client: the title in the answer to the association, the security setup,
 * the logical device name. Raises what links and associations raise; undefined when it tells nothing.
 */
export async function askIdentity(link: DlmsLink, signal?: AbortSignal): Promise<MeterIdentity | undefined> {
  const client = new DlmsClient(link, { crypto: nobleCrypto });
  const agreement = await client.associate(signal);
  const told = agreement.serverTitle;
  const title = told ?? (await optional(client.get(serverTitle, undefined, signal)));
  const name = await optional(client.get(deviceName, undefined, signal));
  await client.release(signal);
  const systemTitle = title?.length === 8 ? Buffer.from(title).toString('hex') : undefined;
  const text = name && printable(name);
  if (systemTitle === undefined && text === undefined) return undefined;
  return { ...(systemTitle ? { systemTitle } : {}), ...(text ? { logicalDeviceName: text } : {}) };
}

async function optional(value: ReturnType<DlmsClient['get']>): Promise<Uint8Array | undefined> {
  try {
    return bytesOf(await value);
  } catch (error) {
    // the public client need not see it
    if (error instanceof OpenAmiError && error.fault === 'peer') return undefined;
    throw error;
  }
}

/** A device name is text, or a title and what follows it. */
function printable(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  if (text === '') return undefined;
  return /^[\x20-\x7e]+$/.test(text) ? text : Buffer.from(bytes).toString('hex');
}

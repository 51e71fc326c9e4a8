/** Telegrams of meters' ports that were kept, read once more: by the name of their meter, with a key. */
import type { PushMessage } from '@openami/wire';
import type { P1Key } from '@openami/wire/p1';
import { type RadioKeyCheck, type RadioVerdict, verdictOfError, verdictOver } from '../radio/key-check.ts';
import { type OpenedPort, openPort } from './open.ts';
import { portTelegramsOf } from './stream.ts';

/** A telegram as it was kept. */
export interface KeptTelegram {
  readonly payload: Uint8Array;
  readonly receivedMs: number;
}

export interface KeptOf {
  /** The meter, as it is heard. */
  readonly name: string;
  readonly portKey: P1Key | undefined;
  /** IANA zone of its clock. */
  readonly zone: string;
}

/** Whether a key opens what was kept of a meter, telegram by telegram. */
export async function checkPortKey(kept: readonly KeptTelegram[], of: KeptOf): Promise<RadioKeyCheck> {
  const verdicts: RadioVerdict[] = [];
  for (const one of kept) {
    const opened = await openKept(one, of);
    verdicts.push(opened === undefined ? 'damaged' : verdictOf(opened));
  }
  return verdictOver(verdicts);
}

/** What a kept telegram says of the meter of that name; undefined for nothing. */
export async function keptPortMessage(kept: KeptTelegram, of: KeptOf): Promise<PushMessage | undefined> {
  const opened = await openKept(kept, of);
  return opened?.parts.find(({ facts }) => facts.id === of.name)?.message;
}

/** Undefined for what is no telegram of a port. */
async function openKept(
  { payload, receivedMs }: KeptTelegram,
  { name, portKey, zone }: KeptOf,
): Promise<OpenedPort | undefined> {
  const telegram = portTelegramsOf(payload)?.telegrams[0];
  if (telegram === undefined) return undefined;
  // the key is only for what is enciphered: whether all else needs one is not asked here
  const key = telegram.protocol === 'p1-sealed' ? portKey : undefined;
  const known = { meterId: 0, device: name, key: undefined, portKey: key };
  const keys = { find: async (one: string) => (one === name ? known : undefined) };
  return openPort(telegram, { keys, zone, atMs: receivedMs, gateway: name });
}

function verdictOf({ error, isProven }: OpenedPort): RadioVerdict {
  if (error !== undefined) return verdictOfError(error.code);
  return isProven ? 'right' : 'plain';
}

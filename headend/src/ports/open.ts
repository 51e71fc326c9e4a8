/** What a telegram of a meter's port says, and of which meters: itself, and those behind a P1 port. */
import { OpenAmiError } from '@openami/model';
import { asciiText, hexOf, type PushMessage } from '@openami/wire';
import { toPush as iecToPush } from '@openami/wire/iec62056-21';
import {
  decodeP1,
  openP1,
  type P1MbusPush,
  type P1PushOptions,
  type P1Telegram,
  toPushes as p1ToPushes,
} from '@openami/wire/p1';
import { serverOfSml, toPush as smlToPush } from '@openami/wire/sml';
import { radioErrors } from '../radio/errors.ts';
import { type HeardFacts, isRadioName, type TelegramProtocol } from '../radio/heard.ts';
import type { KnownMeter, RadioKeys } from '../radio/keys.ts';
import type { PortTelegram } from './stream.ts';

/** What one meter says. */
export interface PortPart {
  readonly facts: HeardFacts;
  readonly known: KnownMeter | undefined;
  /** Under the name that it is known by; undefined where it says nothing that is stored. */
  readonly message: PushMessage | undefined;
}

/** A telegram opened, or why it could not be. */
export interface OpenedPort {
  /** The meter whose port it is; undefined where it has no name that can be used. */
  readonly sender: HeardFacts | undefined;
  readonly known: KnownMeter | undefined;
  /** The meter first, then those behind it. */
  readonly parts: readonly PortPart[];
  readonly error?: OpenAmiError;
  /** It was enciphered, and opened with the key of the meter. */
  readonly isProven: boolean;
  /** Counts up with each telegram that is proven. */
  readonly counter?: number;
}

export interface PortOptions {
  readonly keys: Pick<RadioKeys, 'find'>;
  readonly atMs: number;
  /** IANA zone of the clocks of meters. */
  readonly zone: string;
  /** The meter's name where the telegram has none. */
  readonly gateway: string;
}

const ELECTRICITY = 2;
/** What a name may be made of: printable, as many as a name of a meter has. */
const nameShape = /^[!-~]{1,64}$/;

interface Said {
  readonly maker: string;
  readonly protocol: TelegramProtocol;
  readonly own: PushMessage;
  readonly behind: readonly P1MbusPush[];
}

/**
 * Opens a telegram with the key of its meter, where it is enciphered. What comes in the clear under the name
 * of a meter that has a key for its port is not believed. Rejects as `keys` does.
 */
export async function openPort(telegram: PortTelegram, options: PortOptions): Promise<OpenedPort> {
  if (telegram.protocol === 'p1-sealed') return openSealed(telegram.bytes, options);
  try {
    const said = saidBy(telegram, options);
    const sender = factsOf(said, said.own.device || options.gateway, ELECTRICITY);
    const known = await options.keys.find(sender.id);
    if (known?.portKey !== undefined) {
      const error = radioErrors.RADIO_NOT_ENCRYPTED(sender.id);
      return { sender, known, parts: [], error, isProven: false };
    }
    return { sender, known, parts: await partsOf(said, sender, known, options), isProven: false };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { sender: undefined, known: undefined, parts: [], error, isProven: false };
  }
}

/** Its name is the system title, since nothing else of it can be read without the key. */
async function openSealed(bytes: Uint8Array, options: PortOptions): Promise<OpenedPort> {
  const title = hexOf(bytes.subarray(2, 10)).toUpperCase();
  const sender = factsOf({ protocol: 'p1', maker: makerOfTitle(bytes) }, title, ELECTRICITY);
  const known = await options.keys.find(title);
  try {
    const { telegram, counter } = openP1(bytes, known?.portKey);
    const said = saidByP1(decodeP1(telegram), givenBy(options));
    const parts = await partsOf(said, sender, known, options);
    return { sender, known, parts, counter, isProven: true };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { sender, known, parts: [], error, isProven: false };
  }
}

function makerOfTitle(bytes: Uint8Array): string {
  const text = asciiText(bytes.subarray(2, 5));
  return /^[A-Z]{3}$/.test(text) ? text : '';
}

async function partsOf(
  { maker, protocol, own, behind }: Said,
  sender: HeardFacts,
  known: KnownMeter | undefined,
  { keys }: PortOptions,
): Promise<PortPart[]> {
  const parts: PortPart[] = [{ facts: sender, known, message: named(own, known?.device ?? sender.id) }];
  for (const { message, deviceType } of behind) {
    const facts = factsOf({ maker, protocol }, message.device, deviceType);
    const meter = await keys.find(facts.id);
    parts.push({ facts, known: meter, message: named(message, meter?.device ?? facts.id) });
  }
  return parts;
}

function named(message: PushMessage, device: string): PushMessage | undefined {
  return message.series.length + message.rejectCount === 0 ? undefined : { ...message, device };
}

/** Raises RADIO_NO_METER: names of meters that are heard over the air are for them alone. */
function factsOf(
  { maker, protocol }: Pick<Said, 'maker' | 'protocol'>,
  device: string,
  type: number,
): HeardFacts {
  const id = device.trim().replaceAll(' ', '_');
  if (!nameShape.test(id) || isRadioName(id))
    throw radioErrors.RADIO_NO_METER(JSON.stringify(id.slice(0, 80)));
  return { manufacturer: maker, id, version: 0, type, protocol };
}

function saidBy(telegram: Exclude<PortTelegram, { protocol: 'p1-sealed' }>, options: PortOptions): Said {
  const given = givenBy(options);
  switch (telegram.protocol) {
    case 'p1':
      return saidByP1(telegram.telegram, given);
    case 'sml': {
      const { protocol, file } = telegram;
      const maker = serverOfSml(file)?.maker ?? '';
      return { maker, protocol, own: smlToPush(file, given), behind: [] };
    }
    case 'iec62056-21': {
      const { maker, protocol, readout } = telegram;
      return { maker, protocol, own: iecToPush(readout, given), behind: [] };
    }
  }
}

function saidByP1(telegram: P1Telegram, given: P1PushOptions): Said {
  const maker = telegram.identification.maker.toUpperCase();
  return { maker, protocol: 'p1', ...p1ToPushes(telegram, given) };
}

const givenBy = ({ zone, atMs }: PortOptions) => ({ receivedS: Math.floor(atMs / 1_000), zone });

/** Opens a telegram with the key of its meter. */
import { OpenAmiError } from '@openami/model';
import {
  decodeWmbus,
  type Formats,
  type FragmentAssembler,
  type MbusAddress,
  type MbusKey,
  type MbusTelegram,
} from '@openami/wire/mbus';
import { throughDiehl } from '@openami/wire/models';
import { type HeardState, heardName } from './heard.ts';
import type { KnownMeter, RadioKeys } from './keys.ts';

/** A telegram opened, or why it could not be. */
export interface OpenedTelegram {
  readonly telegram?: MbusTelegram;
  readonly error?: OpenAmiError;
  /** Who says it: behind a converter the meter itself. */
  readonly meter: MbusAddress | undefined;
  readonly known: KnownMeter | undefined;
}

export interface OpenOptions {
  /** Heads of compact frames of registered meters. */
  readonly formats?: Formats;
  /** Of everybody else. */
  readonly strangerFormats?: Formats;
  readonly fragments?: FragmentAssembler;
}

interface Decoded {
  readonly telegram?: MbusTelegram;
  readonly error?: OpenAmiError;
  /** Whose key the telegram needs. */
  readonly asked?: MbusAddress;
}

/**
 * Decodes with the key of its sender, or of the meter behind it that the telegram names. The sender's is
 * looked up first: fragments are put together once. What comes in the clear for a meter that has a key is not
 * believed: anybody can send it.
 */
export async function openTelegram(
  bytes: Uint8Array,
  link: MbusAddress | undefined,
  keys: Pick<RadioKeys, 'find'>,
  options: OpenOptions = {},
): Promise<OpenedTelegram> {
  const sender = link && (await keys.find(heardName(link)));
  const { known, ...first } = decodeAs(bytes, link, sender, options);
  const meter = first.asked ?? first.telegram?.meter ?? link;
  if (meter === undefined || (link && heardName(meter) === heardName(link)))
    return { ...first, meter, known };
  const behind = await keys.find(heardName(meter));
  const again = behind?.key !== undefined && first.telegram?.security !== 'decrypted';
  return { ...(again ? decodeAs(bytes, meter, behind, options) : { ...first, known: behind }), meter };
}

/** A meter registered by its number alone is it where its key opens it: others have the number too. */
function decodeAs(
  bytes: Uint8Array,
  of: MbusAddress | undefined,
  known: KnownMeter | undefined,
  options: OpenOptions,
): Decoded & { readonly known: KnownMeter | undefined } {
  const decoded = decodeFor(bytes, of, known, options);
  const sure = known === undefined || of === undefined || known.device === heardName(of);
  if (sure || decoded.telegram) return { ...decoded, known };
  return { ...decodeFor(bytes, of, undefined, options), known: undefined };
}

/** With the key of one meter. */
function decodeFor(
  bytes: Uint8Array,
  of: MbusAddress | undefined,
  known: KnownMeter | undefined,
  { formats, strangerFormats, fragments }: OpenOptions,
): Decoded {
  const key = known?.key;
  let asked: MbusAddress | undefined;
  const keyFor = (meter: MbusAddress) => {
    asked = meter;
    return of && heardName(of) === heardName(meter) ? key : undefined;
  };
  const options = { keyFor, format: 'auto', partial: true } as const;
  const heads = known ? formats : strangerFormats;
  const requireEncryption = key !== undefined;
  const decoded = attempt(
    () => decodeWmbus(bytes, { ...options, formats: heads, fragments, requireEncryption }),
    key,
  );
  if (decoded.error?.code === 'MBUS_NOT_ENCRYPTED') {
    // nothing is learnt from what is not believed
    const plain = attempt(() => decodeWmbus(bytes, options), key);
    if (isProven(plain.telegram)) return plain;
  }
  return { ...decoded, ...(asked ? { asked } : {}) };
}

function attempt(decode: () => MbusTelegram, key: MbusKey | undefined): Decoded {
  try {
    return { telegram: throughDiehl(decode(), key) };
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return { error };
  }
}

/** Encrypted, or in its maker's own form, which nobody reads but the maker's decoder with the key. */
function isProven(telegram: MbusTelegram | undefined): boolean {
  if (telegram === undefined) return false;
  const { security, content } = telegram;
  return security === 'decrypted' || security === 'works-key' || content === 'manufacturer';
}

export function stateOf({ telegram, error }: OpenedTelegram): HeardState {
  if (telegram) return telegram.security === 'decrypted' ? 'decrypted' : 'plain';
  return stateOfError(error?.code ?? '');
}

/** The state of a meter whose telegram was not read. */
export function stateOfError(code: string): HeardState {
  if (code === 'MBUS_NO_KEY' || code === 'P1_NO_KEY') return 'no-key';
  return wrongKeyCodes.has(code) ? 'wrong-key' : 'unreadable';
}

const wrongKeyCodes: ReadonlySet<string> = new Set(['MBUS_WRONG_KEY', 'MBUS_AUTHENTICATION', 'P1_WRONG_KEY']);

/** The meter whose radio it is; undefined where another one may stand between. */
export function senderOf({ telegram }: OpenedTelegram): MbusAddress | undefined {
  return telegram?.header?.address === undefined ? telegram?.meter : undefined;
}

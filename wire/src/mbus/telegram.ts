/**
 * Telegrams of M-Bus: from the bytes of a line or a receiver to records.
 *
 *   wired      68 L L 68 C A | CI header | records | checksum 16
 *   wireless   L C M A | extended link layer | fragmentation layer | CI header | records
 */
import { OpenAmiError } from '@openami/model';
import { join } from '../bytes.ts';
import { linkAddressAt, type MbusAddress } from './address.ts';
import { mbusErrors } from './errors.ts';
import { decodeFixedData, typeOfFixedMedium } from './fixed-data.ts';
import { type Formats, fullOfCompact, learnFormatFrame } from './formats.ts';
import { AFL_CI, type Afl, decodeAfl, type FragmentAssembler, macMatches } from './layer/afl.ts';
import { decodeEll, type Ell, isEll, openSession } from './layer/ell.ts';
import { Derivation, deriveKey, openPayload, type SecurityState } from './layer/security.ts';
import {
  applicationErrorName,
  type CiType,
  type Content,
  ciType,
  decodeTplHeader,
  type TplHeader,
} from './layer/tpl.ts';
import { startsWired, type WiredFrame, wiredFrames } from './link/wired.ts';
import { type BlockFormat, SND_NR, unwrapBlocks } from './link/wireless.ts';
import { areKnown, decodeRecords, type MbusRecords } from './record/records.ts';
import type { MbusRecord } from './record/value.ts';
import { AesKey, type MbusKey } from './security/key.ts';

export interface DecodeOptions {
  readonly key?: MbusKey | undefined;
  /** Asked where something is encrypted and `key` is not given. */
  readonly keyFor?: ((meter: MbusAddress) => MbusKey | undefined) | undefined;
  /** Wireless: whether the bytes still hold the CRCs of the link, and which. */
  readonly format?: BlockFormat | 'auto' | undefined;
  /** Heads of compact frames; full frames are learnt. */
  readonly formats?: Formats | undefined;
  /** Fragments of messages that come in several telegrams. */
  readonly fragments?: FragmentAssembler | undefined;
  /**
   * Give what could be read of a telegram whose content cannot be read whole, and why in `problem`: meters
   * put what only their makers know where records should be.
   */
  readonly partial?: boolean | undefined;
  /** Refuse what is not encrypted. */
  readonly requireEncryption?: boolean | undefined;
}

export type MacState =
  | 'none'
  | 'verified'
  /** There is no key, or the telegram was opened before it came here, so that there is nothing to check. */
  | 'unchecked';

export interface MbusTelegram {
  readonly carriage: 'wired' | 'wireless';
  /** C field of the link. */
  readonly control: number;
  /** Wired. */
  readonly primaryAddress: number | undefined;
  /** Wireless: the sender of the link, which may be a radio converter. */
  readonly link: MbusAddress | undefined;
  readonly format: BlockFormat | undefined;
  readonly ell: Ell | undefined;
  readonly afl: Afl | undefined;
  readonly ci: number;
  readonly content: Content | 'fragment';
  readonly header: TplHeader | undefined;
  /** The meter itself: of the long header, else of the link. */
  readonly meter: MbusAddress | undefined;
  readonly security: SecurityState;
  readonly mac: MacState;
  readonly records: readonly MbusRecord[];
  /** What only the maker of the meter knows, after 0F or 1F; all of a manufacturer's CI. */
  readonly manufacturerData: Uint8Array | undefined;
  readonly moreFollows: boolean;
  /** Plain bytes behind CI and header. */
  readonly payload: Uint8Array;
  /** Code of an application error or of an alarm. */
  readonly report: number | undefined;
  readonly accessNumber: number | undefined;
  readonly status: number | undefined;
  /** With `partial`: why records end before the payload does. */
  readonly problem: OpenAmiError | undefined;
}

const NO_RECORDS: MbusRecords = {
  records: [],
  manufacturerData: undefined,
  moreFollows: false,
  problem: undefined,
};
const LINK_BYTES = 10;
/** Records without a header. */
const RECORDS_CI = 0x78;

/** What is known of a telegram when its layers have been taken off one after the other. */
interface Layers {
  carriage: 'wired' | 'wireless';
  control: number;
  primaryAddress?: number;
  link?: MbusAddress;
  format?: BlockFormat;
  ell?: Ell;
  afl?: Afl;
  session: SecurityState;
}

/**
 * A wireless telegram, with or without the CRCs of its link. Raises errors of MBUS_…; those of keys name the
 * meter in `data.meter`.
 */
export function decodeWmbus(bytes: Uint8Array, options: DecodeOptions = {}): MbusTelegram {
  const { bytes: frame, format } = unwrapBlocks(bytes, options.format);
  const link = linkAddressAt(frame, 2);
  const layers: Layers = { carriage: 'wireless', control: frame[1]!, link, format, session: 'none' };
  if (frame.length === LINK_BYTES) return linkOnly(layers);
  return named(link, () => throughLayers(frame, LINK_BYTES, layers, options));
}

/** Says in the data of an error whose telegram it was. */
function named<T>(meter: MbusAddress | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (meter !== undefined && error instanceof OpenAmiError && error.data.meter === undefined) {
      Object.assign(error.data, { meter: meter.id, manufacturer: meter.manufacturer });
    }
    throw error;
  }
}

function throughLayers(
  start: Uint8Array,
  from: number,
  layers: Layers,
  options: DecodeOptions,
): MbusTelegram {
  let bytes = start;
  let at = from;
  if (isEll(bytes[at]!)) {
    const { bytes: size, ...ell } = decodeEll(bytes, at);
    layers.ell = ell;
    at += size;
    if (ell.session !== undefined) {
      const opened = openSession(bytes, at, ell, () => keyOf(options, layers.link));
      bytes = opened.bytes;
      layers.session = opened.state;
    }
  }
  if (at < bytes.length && bytes[at] === AFL_CI) {
    const { bytes: size, ...afl } = decodeAfl(bytes, at);
    layers.afl = afl;
    at += size;
    if (afl.moreFragments || afl.fragment > 1) return fragment(bytes.subarray(at), layers, options);
  }
  // a layer of its own may be all there is
  if (at >= bytes.length) return linkOnly(layers);
  return transport(bytes, at, layers, options);
}

function keyOf({ key, keyFor }: DecodeOptions, meter: MbusAddress | undefined): MbusKey | undefined {
  return key ?? (meter === undefined ? undefined : keyFor?.(meter));
}

function linkOnly(layers: Layers): MbusTelegram {
  return telegramOf(layers, {
    ci: layers.afl ? AFL_CI : (layers.ell?.ci ?? 0),
    content: 'none',
    header: undefined,
    meter: layers.link,
    security: layers.session,
    mac: 'none',
    payload: new Uint8Array(0),
  });
}

function fragment(part: Uint8Array, layers: Layers, options: DecodeOptions): MbusTelegram {
  const { link } = layers;
  if (options.fragments === undefined || link === undefined) {
    throw mbusErrors.MBUS_FRAGMENT(`fragment ${layers.afl!.fragment}`, { clause: 'EN 13757-7 6.3' });
  }
  const sender = `${link.manufacturer} ${link.id} ${link.version} ${link.type}`;
  const whole = options.fragments.push(sender, layers.afl!, part);
  if (whole !== undefined) {
    layers.afl = whole.afl;
    if (whole.message.length > 0) return transport(whole.message, 0, layers, options);
  }
  return { ...linkOnly(layers), content: 'fragment', payload: part };
}

/** The transport layer whose CI is at `at`, and what it carries. */
function transport(bytes: Uint8Array, at: number, layers: Layers, options: DecodeOptions): MbusTelegram {
  const ci = bytes[at]!;
  const type = ciType(ci, bytes.length - at - 1, layers.carriage === 'wired');
  const header =
    type.header === 'none' ? undefined : decodeTplHeader(bytes, at + 1, type.header, type.msbFirst);
  const meter = header?.address ?? layers.link;
  return named(meter, () => {
    const body = at + 1 + (header?.bytes ?? 0);
    const opened =
      header === undefined
        ? ({ bytes, state: 'none' } as const)
        : openPayload(bytes, body, header, {
            device: meter,
            counter: layers.afl?.counter,
            toMeter: fromMaster(layers.control),
            signatureOnly: layers.carriage === 'wired',
            keyFor: () => keyOf(options, meter),
          });
    const security = opened.state === 'none' ? layers.session : opened.state;
    const mac = checkMac(bytes.subarray(at), security, meter, layers, options);
    // mode 7 is no mode without one: whoever took it off could have changed the rest
    if (header?.mode === 7 && opened.state === 'decrypted' && mac !== 'verified') {
      throw mbusErrors.MBUS_AUTHENTICATION('no MAC', { clause: 'EN 13757-7 9.5' });
    }
    if (options.requireEncryption && security !== 'decrypted') {
      throw mbusErrors.MBUS_NOT_ENCRYPTED(`security mode ${header?.mode ?? 0}`);
    }
    const payload = opened.bytes.subarray(body);
    const telegram = telegramOf(layers, { ci, content: type.content, header, meter, security, mac, payload });
    if (security === 'manufacturer') return asManufacturerLikes(type, telegram, options);
    return application(type, telegram, options);
  });
}

/**
 * Bit 6 of the C field: the one who began is the master, except that meters begin with SND-NR and the like.
 */
function fromMaster(control: number): boolean {
  const code = control & 0x0f;
  return (control & 0x40) !== 0 && !(code >= 0x04 && code <= 0x08);
}

function checkMac(
  message: Uint8Array,
  security: SecurityState,
  meter: MbusAddress | undefined,
  { afl, control }: Layers,
  options: DecodeOptions,
): MacState {
  if (afl?.mac === undefined) return 'none';
  const key = keyOf(options, meter);
  if (security === 'already-plain' || key === undefined || meter === undefined) return 'unchecked';
  if (!(key instanceof AesKey) || afl.counter === undefined) return 'unchecked';
  const purpose = fromMaster(control) ? Derivation.macToMeter : Derivation.mac;
  const macKey = new AesKey(deriveKey(key, purpose, afl.counter, meter.id));
  if (macMatches(afl, message, macKey)) return 'verified';
  throw mbusErrors.MBUS_AUTHENTICATION('CMAC', { clause: 'EN 13757-7 9.3' });
}

type Known = Pick<MbusTelegram, 'ci' | 'content' | 'header' | 'meter' | 'security' | 'mac' | 'payload'>;

function telegramOf(layers: Layers, known: Known): MbusTelegram {
  return {
    carriage: layers.carriage,
    control: layers.control,
    primaryAddress: layers.primaryAddress,
    link: layers.link,
    format: layers.format,
    ell: layers.ell,
    afl: layers.afl,
    ...known,
    ...NO_RECORDS,
    report: undefined,
    accessNumber: known.header?.accessNumber ?? layers.ell?.accessNumber,
    status: known.header?.status,
  };
}

/** Of a maker's modes only the maker knows whether the content is encrypted: records that are whole count. */
function asManufacturerLikes(type: CiType, telegram: MbusTelegram, options: DecodeOptions): MbusTelegram {
  const { payload } = telegram;
  const raw: MbusTelegram = { ...telegram, content: 'manufacturer', manufacturerData: payload };
  if (type.content !== 'records') return raw;
  const read = application(type, telegram, { ...options, partial: true });
  return areKnown(read) ? read : raw;
}

/** Reads what the header announces. */
function application(type: CiType, telegram: MbusTelegram, options: DecodeOptions): MbusTelegram {
  const { payload } = telegram;
  switch (type.content) {
    case 'records': {
      const read = decodeRecords(payload, 0, payload.length, type.msbFirst, options.partial);
      if (!type.msbFirst && read.problem === undefined) options.formats?.learn(read.records);
      return { ...telegram, ...read };
    }
    case 'compact':
      return compactTelegram(telegram, options);
    case 'format':
      if (options.formats !== undefined) {
        learnFormatFrame(payload.subarray(fillers(payload)), options.formats);
      }
      return telegram;
    case 'fixed':
      return fixedTelegram(telegram, type.msbFirst === true);
    case 'application-error':
    case 'alarm':
      return { ...telegram, report: payload[fillers(payload)] ?? 0 };
    case 'manufacturer':
      return { ...telegram, manufacturerData: payload };
    default:
      return telegram;
  }
}

function compactTelegram(telegram: MbusTelegram, { formats, partial }: DecodeOptions): MbusTelegram {
  const { payload } = telegram;
  try {
    return { ...telegram, ...decodeRecords(fullOfCompact(payload.subarray(fillers(payload)), formats)) };
  } catch (error) {
    if (partial && error instanceof OpenAmiError) return { ...telegram, problem: error };
    throw error;
  }
}

/** How many fillers a payload begins with: encrypted ones do, also where records do not follow. */
export function fillers(payload: Uint8Array): number {
  let at = 0;
  while (payload[at] === 0x2f) at++;
  return at;
}

function fixedTelegram(telegram: MbusTelegram, msbFirst: boolean): MbusTelegram {
  const { id, accessNumber, status, medium, records } = decodeFixedData(telegram.payload, msbFirst);
  const meter = { manufacturer: '', id, version: 0, type: typeOfFixedMedium(medium) };
  return { ...telegram, meter, accessNumber, status, records };
}

/** A telegram in a long frame of a wired bus. Raises errors of MBUS_…. */
export function decodeWiredFrame(
  frame: Extract<WiredFrame, { readonly kind: 'long' }>,
  options: DecodeOptions = {},
): MbusTelegram {
  const { control, address, ci, data } = frame;
  const bytes = join(Uint8Array.of(ci), data);
  const layers: Layers = { carriage: 'wired', control, primaryAddress: address, session: 'none' };
  return throughLayers(bytes, 0, layers, options);
}

export interface ApplicationOptions extends DecodeOptions {
  /** Records without a CI field: they begin at once. Default: CI and header stand before them. */
  readonly bare?: boolean | undefined;
  /** The meter, where no long header names it. */
  readonly meter: MbusAddress;
}

/**
 * Application data that another network carries in place of a link of M-Bus, such as LoRaWAN: from the CI
 * field on, or the records alone. Raises errors of MBUS_….
 */
export function decodeApplication(bytes: Uint8Array, options: ApplicationOptions): MbusTelegram {
  if (bytes.length === 0) throw mbusErrors.MBUS_TRUNCATED('no byte', { clause: 'EN 13757-3' });
  const layers: Layers = { carriage: 'wireless', control: SND_NR, link: options.meter, session: 'none' };
  const from = options.bare ? join(Uint8Array.of(RECORDS_CI), bytes) : bytes;
  return named(options.meter, () => throughLayers(from, 0, layers, options));
}

/**
 * The telegrams in the bytes of a wired bus: whole frames and nothing else. Acknowledgements and short
 * frames say nothing. Raises errors of MBUS_….
 */
export function decodeMbus(bytes: Uint8Array, options: DecodeOptions = {}): MbusTelegram[] {
  if (bytes.length === 0) throw mbusErrors.MBUS_TRUNCATED('no byte', { clause: 'EN 13757-2 5.5' });
  return wiredFrames(bytes).flatMap((frame) =>
    frame.kind === 'long' ? [decodeWiredFrame(frame, options)] : [],
  );
}

/** Telegrams of either link: frames of a wired bus are known by their start. Raises errors of MBUS_…. */
export function decodeEither(bytes: Uint8Array, options: DecodeOptions = {}): MbusTelegram[] {
  return startsWired(bytes) ? decodeMbus(bytes, options) : [decodeWmbus(bytes, options)];
}

/** The application error a meter reports. */
export function applicationError(telegram: MbusTelegram): OpenAmiError | undefined {
  if (telegram.content !== 'application-error') return undefined;
  return mbusErrors.MBUS_APPLICATION_ERROR(applicationErrorName(telegram.report ?? 0), {
    code: telegram.report,
  });
}

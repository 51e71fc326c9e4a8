/**
 * One APDU that a meter sent by itself: who sent it, opened with its keys, its counter used up. What goes
 * wrong is told apart: unknown sender, no key, wrong key, replay, no protection, a way that is not supported.
 */
import { OpenAmiError } from '@openami/model';
import {
  type HeardBytes,
  hexOf,
  type KeyRequest,
  type OpenedApdu,
  openApdu,
  type Push,
  protections,
  readingsOfApdu,
  securityErrors,
} from '@openami/wire/dlms';
import { acceptReceived, checkReceived, type ReceiveMark } from '../keys/counters.ts';
import { meterKeyErrors } from '../keys/errors.ts';
import { diagnoseError } from './diagnosis.ts';
import { dlmsFieldErrors } from './errors.ts';
import { type PushKey, type PushSender, type PushSenders, serialName, titleName } from './push-senders.ts';

export interface OpenedPush {
  readonly opened: OpenedApdu;
  /** Undefined for what is no push, or has no name for anything in it. */
  readonly push: Push | undefined;
  /** Undefined where nobody is registered under its name. */
  readonly sender: PushSender | undefined;
  /** Hex. */
  readonly systemTitle: string | undefined;
  readonly received?: readonly [ReceiveMark, number];
}

/** A sender that must be loaded first. */
export interface Missing {
  readonly missing: string;
}

const GENERAL: ReadonlySet<number> = new Set([0xdb, 0xdc, 0xdd, 0xdf]);

/** The title that a message carries in front, hex. */
export function carriedTitle(bytes: Uint8Array): string | undefined {
  const tag = bytes[0] ?? 0;
  if (!GENERAL.has(tag)) return undefined;
  // the two others have a transaction id before it
  const at = tag === 0xdb || tag === 0xdc ? 1 : 2 + (bytes[1] ?? 0);
  return bytes[at] === 8 && bytes.length > at + 8 ? hexOf(bytes.subarray(at + 1, at + 9)) : undefined;
}

/** The title that protections of a message name, hex. */
function titleOf({ protections }: OpenedApdu): string | undefined {
  const title = protections.find((one) => one.systemTitle !== undefined)?.systemTitle;
  return title && hexOf(title);
}

/**
 * Opens what came. `known` is the title that its connection was identified by. Raises the errors above, and
 * decode errors.
 */
export function openPush(
  { apdu, trust }: HeardBytes,
  known: string | undefined,
  senders: PushSenders,
): OpenedPush | Missing {
  const carried = carriedTitle(apdu) ?? known;
  const name = carried && titleName(carried);
  const sender = name === undefined ? undefined : senders.held(name);
  if (name !== undefined && sender === undefined) return { missing: name };
  const systemTitle = known === undefined ? undefined : Uint8Array.from(Buffer.from(known, 'hex'));
  const keys = [...(sender?.unicast ?? []), ...(sender?.broadcast ?? [])];
  const keyFor = sender ? (request: KeyRequest) => ciphersFor(request, sender) : undefined;
  let opened: OpenedApdu;
  try {
    opened = openApdu(apdu, { trust, systemTitle, ...(keyFor ? { keyFor } : {}) });
  } catch (error) {
    const isWrong = error instanceof OpenAmiError && error.code === 'DLMS_SECURITY_TAG';
    // imported or rotated by another process meanwhile, perhaps
    if (isWrong && name !== undefined && senders.isOutdated(name)) return { missing: name };
    throw explained(error, sender ?? undefined);
  }
  return checked(opened, { name, carried, sender: sender ?? undefined, keys, senders });
}

function ciphersFor({ control, envelope }: KeyRequest, { unicast, broadcast }: PushSender) {
  if (envelope === 'ded' || envelope === 'general-ded') return undefined;
  return (control.broadcast ? broadcast : unicast).map(({ cipher }) => cipher);
}

interface From {
  readonly name: string | undefined;
  readonly carried: string | undefined;
  readonly sender: PushSender | undefined;
  readonly keys: readonly PushKey[];
  readonly senders: PushSenders;
}

function checked(opened: OpenedApdu, { carried, sender, keys, senders }: From): OpenedPush | Missing {
  const { protections: found } = opened;
  const closed = found.find((one) => !one.opened);
  if (closed !== undefined) {
    if (carried === undefined) throw securityErrors.DLMS_SECURITY_NO_TITLE();
    if (sender === undefined) throw dlmsFieldErrors.DLMS_PUSH_UNKNOWN(carried, { systemTitle: carried });
    const of = `${sender.device}: ${closed.envelope}`;
    if (keys.length > 0) throw dlmsFieldErrors.DLMS_PUSH_UNSUPPORTED(of);
    throw dlmsFieldErrors.DLMS_KEYS_MISSING(`${of}, no key of it in the vault`, { meterId: sender.meterId });
  }
  const ciphered = found.find((one) => one.key !== undefined);
  const mark = keys.find(({ cipher }) => cipher === ciphered?.key)?.mark;
  const counter = ciphered?.counter ?? 0;
  if (mark !== undefined) checkReceived(mark, counter);
  if (sender !== undefined) checkProtection(opened, sender);
  const push = readingsOfApdu(opened);
  const told = { opened, push, systemTitle: titleOf(opened) ?? carried };
  if (mark !== undefined) {
    // without a tag anybody can make one with a counter as high as he likes
    if (!ciphered!.verified) return { ...told, sender };
    acceptReceived(mark, counter);
    return { ...told, sender, received: [mark, counter] };
  }
  // nothing proves who sent it: by its connection, or by what it says
  if (sender !== undefined || push?.meter === undefined) return { ...told, sender };
  const claimed = senders.held(serialName(push.meter));
  if (claimed === undefined) return { missing: serialName(push.meter) };
  if (claimed !== null) checkProtection(opened, claimed);
  return { ...told, sender: claimed ?? undefined };
}

/** Raises DLMS_PUSH_UNPROTECTED. */
function checkProtection({ protections: found }: OpenedApdu, { device, protection }: PushSender): void {
  const { authenticated, encrypted } = protections[protection];
  const isAuthenticated = !authenticated || found.some((one) => one.verified);
  const isEncrypted = !encrypted || found.some((one) => one.control?.encrypted);
  if (!isAuthenticated || !isEncrypted) {
    throw dlmsFieldErrors.DLMS_PUSH_UNPROTECTED(`${device}: ${protection} is required`, { device });
  }
}

/** In the terms in which people are told of keys: what is wrong, of which meter. */
function explained(error: unknown, sender: PushSender | undefined): unknown {
  const found = diagnoseError(error);
  if (found === undefined || sender === undefined || !(error instanceof OpenAmiError)) return error;
  const { code, data } = error;
  const counter = typeof data.counter === 'number' ? `, counter ${data.counter}` : '';
  if (code === 'DLMS_SECURITY_UNSUPPORTED') {
    return dlmsFieldErrors.DLMS_PUSH_UNSUPPORTED(`${sender.device}: ${error.message}`);
  }
  const suspect = data.suspect === undefined ? '' : ` (${String(data.suspect)})`;
  return meterKeyErrors.METER_KEY_WRONG(`${sender.device}${suspect}${counter}`, { meterId: sender.meterId });
}

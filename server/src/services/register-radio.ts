/**
 * Registers a meter that is heard, over the air or at its port: with its key, and backwards to the first
 * telegram that was kept.
 */
import {
  checkedKey,
  type HeardMeter,
  type HeardState,
  isRadioName,
  type RadioKeyCheck,
  type RadioVerdict,
} from '@openami/headend';
import { type AccessContext, commodityOfMbusMedium, type KeyKind } from '@openami/model';
import { registryErrors } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { AdoptResult } from '../contract/evidence.ts';
import type { HeardRegisterBody, HeardRegistered } from '../contract/radio.ts';
import { serverErrors } from '../errors.ts';
import { adoptWaiting, meterNamed, waitingOf } from './adopt.ts';
import { keysAccess } from './dlms.ts';
import { type TelegramKey, telegramKeyOf } from './telegram-keys.ts';

/** What became of the last telegram, once it was read. */
const stateAfter: Partial<Record<RadioVerdict, HeardState>> = { right: 'decrypted', plain: 'plain' };

/**
 * Safe to repeat, also where it broke off. Raises NOT_FOUND, ALREADY_EXISTS, RADIO_KEY_WRONG,
 * RADIO_KEY_UNUSED, RADIO_KEY_KEPT, RADIO_NOTHING_READ, KEY_WEAK.
 */
export async function registerHeard(
  context: AppContext,
  ctx: AccessContext,
  name: string,
  body: HeardRegisterBody,
): Promise<HeardRegistered> {
  const { radio, directory } = context;
  context.requireWriter();
  const heard = radio.heard.get(name);
  if (heard === undefined) throw registryErrors.NOT_FOUND(`nothing is heard of ${name}`);
  const known = radio.meterOf(name);
  if (known !== 0 && directory.memory.meter(name) !== known)
    throw registryErrors.ALREADY_EXISTS(`${name} is meter ${known}, by its number`);
  const key = telegramKeyOf(body);
  try {
    const verdict = await requireFitting(context, ctx, name, key);
    const telegrams = await radio.readKept(ctx, name, key);
    const adopted = await adoptHeard(context, ctx, heard, body);
    if (key !== undefined) await keepKeys(context, ctx, adopted.meterId, name, key);
    const state = stateAfter[verdict];
    if (state !== undefined) radio.heard.judge(name, state, '');
    return { ...adopted, telegrams };
  } finally {
    key?.key.fill(0);
    key?.authenticationKey?.fill(0);
    radio.forgetKeys();
  }
}

/** Whether a key opens what was heard of a meter. Raises NOT_FOUND, RADIO_NOTHING_READ. */
export async function checkHeardKey(
  { radio }: AppContext,
  ctx: AccessContext,
  name: string,
  key: TelegramKey | undefined,
): Promise<RadioKeyCheck> {
  if (radio.heard.get(name) === undefined) throw registryErrors.NOT_FOUND(`nothing is heard of ${name}`);
  const check = await radio.checkKey(ctx, name, key);
  const tried = Object.values(check.of).reduce((sum, count) => sum + count, 0);
  if (tried === 0) throw serverErrors.RADIO_NOTHING_READ(`no telegram of ${name} was kept`);
  return check;
}

/** A key that opens what was heard, as far as that can be told; none where none is needed. */
async function requireFitting(
  context: AppContext,
  ctx: AccessContext,
  name: string,
  key: TelegramKey | undefined,
): Promise<RadioVerdict> {
  for (const [kind, bytes] of key ? keysOf(name, key) : []) checkedKey(kind, 0, bytes);
  const { verdict, of } = await checkHeardKey(context, ctx, name, key);
  if (verdict === 'no-key') throw serverErrors.RADIO_KEY_WRONG(`${name} encrypts, and no key was given`);
  if (verdict === 'wrong')
    throw serverErrors.RADIO_KEY_WRONG(`it opens none of ${of.wrong} telegrams of ${name}`);
  if (key !== undefined && verdict === 'plain') throw serverErrors.RADIO_KEY_UNUSED(name);
  return verdict;
}

/** A meter that is there, with nothing new to adopt, is left as it is. */
async function adoptHeard(
  context: AppContext,
  ctx: AccessContext,
  { name, type, manufacturer }: HeardMeter,
  { commodity, usagePointId }: HeardRegisterBody,
): Promise<AdoptResult> {
  const { registry } = context;
  const waiting = await waitingOf(context, ctx, name);
  const meter = await meterNamed(context, ctx, name);
  if (waiting.length === 0 && meter === undefined) throw serverErrors.RADIO_NOTHING_READ(name);
  const installed = meter && (await registry.installations.ofMeter(ctx, meter.id));
  const isThere = installed?.some((one) => one.usagePointId === usagePointId) ?? false;
  const made = {
    ...{ device: name, commodity: commodity ?? commodityOfMbusMedium(type) ?? 'water', manufacturer },
    ...(usagePointId === undefined || isThere ? {} : { usagePointId }),
  };
  const adopted = await adoptWaiting(context, ctx, made, waiting);
  const channels = await registry.channels.ofMeters(ctx, [adopted.meterId]);
  return { ...adopted, channelIds: channels.map(({ id }) => id) };
}

/** Keeps the keys of a meter that has none. Raises RADIO_KEY_KEPT where it has others. */
async function keepKeys(
  { dlms, registry }: AppContext,
  ctx: AccessContext,
  meterId: number,
  name: string,
  given: TelegramKey,
): Promise<void> {
  const vault = await dlms.vault();
  for (const [kind, bytes] of keysOf(name, given)) {
    const { keys, broken } = await vault.keysOf(keysAccess, [meterId], [kind]);
    const isKept = keys.some(({ secret }) => Buffer.compare(secret.bytes(), bytes) === 0);
    for (const { secret } of keys) secret.wipe();
    if (isKept) continue;
    const inUse = keys.filter(({ state }) => state === 'active' || state === 'staged');
    if (inUse.length + broken.length > 0) throw serverErrors.RADIO_KEY_KEPT(`meter ${meterId}`);
    const spec = { kind, suite: 0, bytes } as const;
    await registry.meterKeys.add(ctx, await vault.prepare(ctx, meterId, [spec], 'active'));
  }
}

/** The keys by their kinds: of the radio, or of the port. */
function keysOf(name: string, { key, authenticationKey }: TelegramKey): [KeyKind, Uint8Array][] {
  if (isRadioName(name)) return [['wmbus', key]];
  return [
    ['p1', key],
    ...(authenticationKey ? [['p1_auth', authenticationKey] as [KeyKind, Uint8Array]] : []),
  ];
}

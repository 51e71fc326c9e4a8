/** Registers a meter that is heard: with its key, and backwards to the first telegram that was kept. */
import { type AccessContext, commodityOfMbusMedium } from '@openami/model';
import { registryErrors } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { HeardRegisterBody, HeardRegistered } from '../contract/radio.ts';
import { serverErrors } from '../errors.ts';
import { adoptDevice } from './adopt.ts';

/** Six decimals of the unit hold what a wireless M-Bus meter says exactly. */
const decimals = 6;

/** Safe to repeat. Raises NOT_FOUND, RADIO_KEY_WRONG, RADIO_NOTHING_READ. */
export async function registerHeard(
  context: AppContext,
  ctx: AccessContext,
  name: string,
  { key: hex, commodity, usagePointId }: HeardRegisterBody,
): Promise<HeardRegistered> {
  const { radio, store, dlms, registry } = context;
  context.requireWriter();
  const heard = radio.heard.get(name);
  if (heard === undefined) throw registryErrors.NOT_FOUND(`nothing is heard of ${name}`);
  const key = hex === undefined ? undefined : Uint8Array.from(Buffer.from(hex, 'hex'));
  const check = await radio.checkKey(ctx, name, key);
  if (check.verdict === 'wrong')
    throw serverErrors.RADIO_KEY_WRONG(`it opens none of ${check.of.wrong} telegrams of ${name}`);
  const telegrams = await radio.readKept(ctx, name, key);
  const { items } = await store.evidence.unregistered(ctx, { device: name, limit: 64 });
  if (items.length === 0) throw serverErrors.RADIO_NOTHING_READ(name);
  const adopted = await adoptDevice(context, ctx, {
    ...{ device: name, commodity: commodity ?? commodityOfMbusMedium(heard.type) ?? 'water' },
    ...{ manufacturer: heard.manufacturer, ...(usagePointId === undefined ? {} : { usagePointId }) },
    channels: items.map(({ quantity, unit, intervalS }) => ({ quantity, unit, intervalS, decimals })),
  });
  if (key !== undefined) {
    const vault = await dlms.vault();
    const spec = { kind: 'wmbus', suite: 0, bytes: key } as const;
    const present = await registry.meterKeys.list(ctx, { meterIds: [adopted.meterId], kinds: ['wmbus'] });
    if (present.length === 0)
      await registry.meterKeys.add(ctx, await vault.prepare(ctx, adopted.meterId, [spec], 'active'));
    key.fill(0);
  }
  radio.forgetKeys();
  return { ...adopted, telegrams };
}

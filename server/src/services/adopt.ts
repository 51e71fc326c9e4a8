/** Registers a device that was seen, and moves the readings kept for it into its channels. */
import { type AccessContext, countsConverter } from '@openami/model';
import type { Adoption, Meter, UnregisteredSummary } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { AdoptBody, AdoptResult } from '../contract/evidence.ts';
import { channelInput } from './channel-input.ts';

/** Safe to repeat: a meter and channels that are there already are used. */
export async function adoptDevice(
  context: AppContext,
  ctx: AccessContext,
  body: AdoptBody,
): Promise<AdoptResult> {
  const { store, directory, heard } = context;
  context.requireWriter();
  const { items } = await store.evidence.unregistered(ctx, { device: body.device, limit: 1000 });
  const seen = items.filter((one) => body.channels.some((wanted) => matches(wanted, one)));
  const meter = await meterOf(context, ctx, body);
  const adoptions = await channelsOf(context, ctx, body, meter, seen);
  if (body.usagePointId !== undefined) await install(context, ctx, meter, body.usagePointId, seen);
  await directory.refresh();
  const moved = await store.evidence.adopt(ctx, body.device, adoptions);
  for (const { channel, lastEnd } of adoptions)
    heard.note(Uint32Array.of(channel), Uint32Array.of(lastEnd), 1);
  return { meterId: meter.id, channelIds: adoptions.map((one) => one.channel), moved };
}

type Wanted = AdoptBody['channels'][number];

function matches(wanted: Wanted, seen: UnregisteredSummary): boolean {
  return (
    wanted.quantity === seen.quantity &&
    (wanted.intervalS ?? seen.intervalS) === seen.intervalS &&
    (wanted.unit ?? seen.unit) === seen.unit
  );
}

async function meterOf({ registry }: AppContext, ctx: AccessContext, body: AdoptBody): Promise<Meter> {
  const { device: serial, commodity, manufacturer, model } = body;
  const known = await registry.meters.find(ctx, serial);
  return known ?? registry.meters.create(ctx, { serial, commodity, manufacturer, model, state: 'active' });
}

async function channelsOf(
  { registry }: AppContext,
  ctx: AccessContext,
  body: AdoptBody,
  meter: Meter,
  seen: readonly UnregisteredSummary[],
): Promise<(Adoption & { lastEnd: number })[]> {
  const present = await registry.channels.ofMeters(ctx, [meter.id]);
  const adoptions: (Adoption & { lastEnd: number })[] = [];
  for (const one of seen) {
    const wanted = body.channels.find((channel) => matches(channel, one));
    const input = channelInput({ ...one, decimals: wanted?.decimals }, body.commodity);
    const channel =
      present.find((old) => old.alias === input.alias && old.intervalS === input.intervalS) ??
      (await registry.channels.create(ctx, { ...input, meterId: meter.id }));
    const { id, resolution } = channel;
    const { toCounts } = countsConverter(one.unit, resolution);
    adoptions.push({ ...one, channel: id, resolution, toCount: toCounts });
  }
  return adoptions;
}

/** Installs the meter from its first reading on. */
async function install(
  { registry, clock }: AppContext,
  ctx: AccessContext,
  meter: Meter,
  usagePointId: number,
  seen: readonly UnregisteredSummary[],
): Promise<void> {
  const firstS = Math.min(...seen.map((one) => one.firstEnd - one.intervalS), clock.nowMs() / 1000);
  await registry.installations.install(ctx, { meterId: meter.id, usagePointId, at: new Date(firstS * 1000) });
}

/** Registers a device that was seen, and moves the readings kept for it into its channels. */
import { readingErrors } from '@openami/headend';
import { type AccessContext, countsConverter } from '@openami/model';
import type { Adoption, Meter, UnregisteredSummary } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { AdoptBody, AdoptResult } from '../contract/evidence.ts';
import { channelInput } from './channel-input.ts';

const { code, message: detail } = readingErrors.READING_TOO_LARGE();
/** A value whose count is not exact. */
const tooLarge = { code, detail };

/** Six decimals of the unit hold what radio meters say exactly. */
const radioDecimals = 6;
const mostWaiting = 64;

/** What waits under the name of a device that may be adopted whole. */
export function waitingOf(
  { store }: Pick<AppContext, 'store'>,
  ctx: AccessContext,
  device: string,
): Promise<UnregisteredSummary[]> {
  return store.evidence.seriesOf(ctx, device, mostWaiting);
}

/** As `adoptDevice`, all that waits under the name of a radio meter. */
export function adoptWaiting(
  context: AppContext,
  ctx: AccessContext,
  meter: Omit<AdoptBody, 'channels'>,
  waiting: readonly UnregisteredSummary[],
): Promise<AdoptResult> {
  const channels = waiting.map(({ quantity, unit, intervalS }) => {
    return { quantity, unit, intervalS, decimals: radioDecimals };
  });
  return adoptDevice(context, ctx, { ...meter, channels }, waiting);
}

/** Safe to repeat: a meter and channels that are there already are used. `waiting`: what is known to wait. */
export async function adoptDevice(
  context: AppContext,
  ctx: AccessContext,
  body: AdoptBody,
  waiting?: readonly UnregisteredSummary[],
): Promise<AdoptResult> {
  const { store, directory, heard } = context;
  context.requireWriter();
  const items = waiting ?? (await store.evidence.seriesOf(ctx, body.device, 1_000));
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

async function meterOf(context: AppContext, ctx: AccessContext, body: AdoptBody): Promise<Meter> {
  const { registry } = context;
  const { device: serial, commodity, manufacturer, model } = body;
  return (
    (await meterNamed(context, ctx, serial)) ??
    registry.meters.create(ctx, { serial, commodity, manufacturer, model, state: 'active' })
  );
}

/** The registered meter that calls itself so: by its serial number or one of its addresses. */
export async function meterNamed(
  { registry, directory }: Pick<AppContext, 'registry' | 'directory'>,
  ctx: AccessContext,
  name: string,
): Promise<Meter | undefined> {
  const known = await registry.meters.find(ctx, name);
  if (known !== undefined) return known;
  const meterId = directory.memory.meter(name);
  return meterId === 0 ? undefined : registry.meters.get(ctx, meterId);
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
    const { toCounts } = countsConverter(one.unit, resolution, channel.unit);
    adoptions.push({ ...one, channel: id, resolution, toCount: toCounts, refusal: tooLarge });
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

/** One meter with everything around it, as the API shows it. */
import { type AccessContext, countsConverter } from '@openami/model';
import type { Agreement, ChannelRecord, InstallationDetail, Meter, Premise } from '@openami/store';
import type { AppContext } from '../context.ts';
import type { ChannelItem, InstallationItem, MeterDetail } from '../contract/meters.ts';
import { meterZone } from './meter-zone.ts';
import { describeChannel } from './quantity.ts';

type Latest = ReadonlyMap<number, { end: number; value: number; quality: number }>;

/** Reads a meter; throws NOT_FOUND. */
export async function readMeter(
  { registry, store, heard, config }: AppContext,
  ctx: AccessContext,
  id: number,
): Promise<{ meter: Meter; shown: MeterDetail }> {
  const detail = await registry.meters.detail(ctx, id);
  const { meter, usagePoint, premise, account, customer, agreement } = detail;
  const latest = await latestOf(store, ctx, detail.channels);
  const { serial, manufacturer, model, commodity, state, firmware, protocol } = meter;
  const lastEnd = heard.of(id);
  const shown: MeterDetail = {
    ...{ id, serial, manufacturer, model, commodity, state, firmware, protocol },
    usagePointCode: usagePoint?.code ?? null,
    address: premise ? addressOf(premise) : null,
    account: account ? { id: account.id, number: account.number, name: account.name } : null,
    lastReadingAt: lastEnd === 0 ? null : new Date(lastEnd * 1000).toISOString(),
    addresses: [...meter.addresses],
    zone: meterZone(detail, config.zone),
    channels: detail.channels.map((channel) => showChannel(channel, latest)),
    installations: detail.installations.map(showInstallation),
    usagePoint: usagePoint
      ? { id: usagePoint.id, code: usagePoint.code, state: usagePoint.state, phase: usagePoint.phase }
      : null,
    premise: premise ? showPremise(premise) : null,
    customer: customer ? { id: customer.id, code: customer.code, name: customer.name } : null,
    agreement: agreement ? showAgreement(agreement) : null,
  };
  return { meter, shown };
}

async function latestOf(
  store: AppContext['store'],
  ctx: AccessContext,
  channels: readonly ChannelRecord[],
): Promise<Latest> {
  const found = new Map<number, { end: number; value: number; quality: number }>();
  if (channels.length === 0) return found;
  const ids = channels.map((channel) => channel.id);
  const rows = await store.readings.latest(ctx, ids);
  for (let row = 0; row < rows.length; row++) {
    const channel = channels.find((one) => one.id === rows.channel[row])!;
    const { toUnit } = countsConverter(channel.unit, rows.resolution[row]!);
    const value = toUnit(rows.value[row]!);
    found.set(channel.id, { end: rows.end[row]!, value, quality: rows.quality[row]! });
  }
  return found;
}

function showChannel(channel: ChannelRecord, latest: Latest): ChannelItem {
  const { id, alias, readingType, obis, intervalS, unit, resolution } = channel;
  const newest = latest.get(id);
  return {
    ...{ id, alias, readingType, obis, intervalS, unit, resolution },
    description: describeChannel(channel),
    latest: newest ? { ...newest, end: new Date(newest.end * 1000).toISOString() } : null,
  };
}

function showInstallation(one: InstallationDetail): InstallationItem {
  const { usagePointId, usagePointCode, address, validFrom, validUntil } = one;
  return {
    ...{ usagePointId, usagePointCode, address },
    from: validFrom.toISOString(),
    until: validUntil?.toISOString() ?? null,
  };
}

function showPremise(premise: Premise): NonNullable<MeterDetail['premise']> {
  const { id, locality, postcode, country, lon, lat, zone } = premise;
  return { id, address: addressOf(premise), locality, postcode, country, lon, lat, zone };
}

function showAgreement({
  id,
  code,
  validFrom,
  validUntil,
}: Agreement): NonNullable<MeterDetail['agreement']> {
  return { id, code, from: validFrom.toISOString(), until: validUntil?.toISOString() ?? null };
}

/** The address in one line. */
function addressOf(premise: Premise): string {
  const place = [premise.postcode, premise.locality].filter(Boolean).join(' ');
  return [...premise.addressLines, place].filter(Boolean).join(', ');
}

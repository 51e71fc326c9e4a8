/** What is known of meters on their way: from the registry, from who is heard, and from what was read. */
import type { CommissioningProtocol, HeardBook, MeterSight, SessionBook } from '@openami/headend';
import type { CommissioningMeter } from '@openami/store';
import type { DeviceBook } from '../lorawan/heard.ts';
import type { DayCount } from './day-counts.ts';

export interface SightSources {
  readonly radio: { readonly heard: HeardBook; meterOf(name: string): number };
  readonly lorawan: { readonly heard: DeviceBook; meterOf(devEui: string): number };
  readonly sessions: Pick<SessionBook, 'of'>;
  /** End of the newest reading of a meter, epoch seconds; 0 for none. */
  readonly lastReadS: (meterId: number) => number;
}

type Heard = NonNullable<MeterSight['heard']>;

/** Who is heard, by meter, with the name of each: taken once for many meters. */
export interface HeardMeters {
  readonly radio: ReadonlyMap<number, HeardOne>;
  readonly lorawan: ReadonlyMap<number, HeardOne>;
}

interface HeardOne extends Heard {
  readonly name: string;
}

interface HeardPaths {
  readonly lastMs: number;
  readonly code: string;
  readonly paths: readonly { readonly gateway: string; readonly rssiMean: number | null }[];
}

export function heardMeters({ radio, lorawan }: SightSources): HeardMeters {
  const byRadio = new Map<number, HeardOne>();
  for (const one of radio.heard.all()) {
    const meterId = radio.meterOf(one.name);
    const verdict = one.state === 'decrypted' ? 'read' : one.state;
    if (meterId !== 0 && !byRadio.has(meterId)) byRadio.set(meterId, shown(one.name, one, verdict));
  }
  const byLorawan = new Map<number, HeardOne>();
  for (const one of lorawan.heard.all()) {
    const meterId = lorawan.meterOf(one.devEui);
    const isUnread = one.state === 'no-codec' || one.state === 'failed';
    const verdict = isUnread ? 'unreadable' : 'read';
    if (meterId !== 0 && !byLorawan.has(meterId)) byLorawan.set(meterId, shown(one.devEui, one, verdict));
  }
  return { radio: byRadio, lorawan: byLorawan };
}

function shown(name: string, { lastMs, code, paths }: HeardPaths, verdict: Heard['verdict']): HeardOne {
  const strengths = paths.flatMap(({ rssiMean }) => rssiMean ?? []);
  return {
    ...{ name, lastS: Math.floor(lastMs / 1_000), verdict, code },
    gateways: paths.map(({ gateway }) => gateway),
    rssiDbm: strengths.length === 0 ? null : Math.max(...strengths),
  };
}

/** By what a meter speaks. */
export function protocolOf(
  { hasEndpoint, hasWmbusKey, hasLorawanKey, serial, addresses, attributes, meterId }: CommissioningMeter,
  heard: HeardMeters,
): CommissioningProtocol {
  if (hasEndpoint) return 'dlms';
  if (heard.radio.has(meterId) || hasWmbusKey) return 'wmbus';
  if (heard.lorawan.has(meterId) || hasLorawanKey || attributes.devEui !== undefined) return 'lorawan';
  const isRadioName = (name: string) => /^[A-Z]{3}-[0-9a-f]{8}$/.test(name);
  return [serial, ...addresses].some(isRadioName) ? 'wmbus' : 'push';
}

/** A number that was kept with the meter; null for none. */
export function startIndexOf({ attributes }: Pick<CommissioningMeter, 'attributes'>): number | null {
  return typeof attributes.startIndex === 'number' ? attributes.startIndex : null;
}

export function sightOf(
  meter: CommissioningMeter,
  heard: HeardMeters,
  counted: DayCount | undefined,
  { sessions, lastReadS }: SightSources,
): MeterSight {
  const { meterId, state, keyedS, installedS, attributes } = meter;
  return {
    isInUse: state !== 'removed' && state !== 'retired',
    ...{ keyedS, installedS, lastReadS: lastReadS(meterId) || null },
    heard: heard.radio.get(meterId) ?? heard.lorawan.get(meterId) ?? inSession(sessions, meterId),
    day: counted?.day ?? null,
    ...{ startIndex: startIndexOf(meter), registerIndex: counted?.registerIndex ?? null },
    gateway: typeof attributes.gateway === 'string' ? attributes.gateway : '',
  };
}

/** What the last session with a meter says. */
function inSession(sessions: SightSources['sessions'], meterId: number): Heard | null {
  const [last] = sessions.of(meterId);
  const code = last?.diagnosis?.error.code ?? '';
  if (last === undefined || (!last.ok && code === '')) return null;
  return {
    lastS: Math.floor(last.startedMs / 1_000),
    verdict: last.ok ? 'read' : code === 'METER_KEY_WRONG' ? 'wrong-key' : 'unreadable',
    ...{ code, gateways: [], rssiDbm: null },
  };
}

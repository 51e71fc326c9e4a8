/** Which channels of a usage point a bill is made of. */
import type { CompiledVersion, VersionPiece } from '@openami/billing';
import type { Commodity } from '@openami/model';
import type { BilledAgreement, BilledChannel } from '@openami/store';
import { kindOf } from '../vee/channel-facts.ts';
import { isTariff } from '../vee/day-windows.ts';

/** A channel for a part of the window; UTC seconds. */
export interface ClippedChannel {
  readonly channel: BilledChannel;
  readonly fromS: number;
  readonly toS: number;
}

/** Channels in order of time, none over another. */
export interface BilledChannels {
  readonly source: 'intervals' | 'registers';
  readonly import: readonly ClippedChannel[];
  readonly export: readonly ClippedChannel[];
  readonly reactive: readonly ClippedChannel[];
}

/** What of the usage is asked for besides what is drawn. */
export interface ExtraNeeds {
  readonly export: boolean;
  readonly reactive: boolean;
}

/** What any of the versions asks for. */
export function extraNeeds(stretches: readonly Pick<VersionPiece, 'version'>[]): ExtraNeeds {
  const all = stretches.map(({ version }) => needsOf(version));
  return { export: all.some((one) => one.export), reactive: all.some((one) => one.reactive) };
}

/** The channels that are read for it. */
export function channelsRead<T>(
  channels: Readonly<Record<'import' | 'export' | 'reactive', readonly T[]>>,
  needs: ExtraNeeds,
): T[] {
  return [
    ...channels.import,
    ...(needs.export ? channels.export : []),
    ...(needs.reactive ? channels.reactive : []),
  ];
}

function needsOf({ netMetering, charges, needs }: CompiledVersion): ExtraNeeds {
  const fedIn = charges.some((charge) => 'flow' in charge && charge.flow === 'export');
  const factor = charges.some((charge) => charge.kind === 'demand' && charge.powerFactor !== undefined);
  return {
    export: netMetering !== undefined || fedIn || needs.demands.some(({ flow }) => flow === 'export'),
    reactive: factor || needs.demands.some(({ unit }) => unit !== 'kW'),
  };
}

/** Meters whose use is that of the usage point: not check meters and sub-meters. */
const mainRoles: ReadonlySet<string> = new Set(['main', 'export']);

type Direction = 'import' | 'export' | 'reactive';

function directionOf(channel: BilledChannel, commodity: Commodity): Direction | undefined {
  const kind = kindOf({ ...channel, commodity });
  if (kind === 'delivered' || kind === 'net') return channel.role === 'export' ? undefined : 'import';
  if (kind === 'received') return 'export';
  return kind === 'reactive' ? 'reactive' : undefined;
}

/** The channels of an agreement within a window: intervals where there are any, else registers. */
export function billedChannels(
  { channels, commodity }: Pick<BilledAgreement, 'channels' | 'commodity'>,
  fromS: number,
  toS: number,
): BilledChannels {
  const used = channels
    .filter(({ role, virtual }) => mainRoles.has(role) && !virtual)
    .map((channel) => ({ channel, direction: directionOf(channel, commodity) }));
  for (const source of ['intervals', 'registers'] as const) {
    const intervals = source === 'intervals';
    const ofSource = used.filter(
      ({ channel }) => channel.intervalS > 0 === intervals && (intervals || !isTariff(channel)),
    );
    const pick = (wanted: Direction): ClippedChannel[] => {
      const of = ofSource.filter(({ direction }) => direction === wanted);
      return of.length === 0
        ? []
        : clipped(
            of.map(({ channel }) => channel),
            fromS,
            toS,
          );
    };
    const drawn = pick('import');
    if (drawn.length > 0)
      return { source, import: drawn, export: pick('export'), reactive: pick('reactive') };
  }
  return { source: 'intervals', import: [], export: [], reactive: [] };
}

/** One channel of each installation: the one with the shortest intervals, clipped to the window. */
function clipped(channels: readonly BilledChannel[], fromS: number, toS: number): ClippedChannel[] {
  const best = new Map<string, BilledChannel>();
  for (const channel of channels) {
    if (channel.fromS >= toS || (channel.untilS !== null && channel.untilS <= fromS)) continue;
    const key = `${channel.meterId} ${channel.fromS}`;
    const known = best.get(key);
    if (known === undefined || channel.intervalS < known.intervalS) best.set(key, channel);
  }
  return [...best.values()]
    .sort((a, b) => a.fromS - b.fromS)
    .map((channel) => ({
      channel,
      fromS: Math.max(fromS, channel.fromS),
      toS: Math.min(toS, channel.untilS ?? toS),
    }));
}

/** Service levels and billing readiness out of closed days. */
import { formatDay, systemAccess } from '@openami/model';
import type { ClosedDays, ReadingStore, RegistryStore } from '@openami/store';
import { medianS, readiness } from '@openami/vee';
import type { KpiAnswer, KpiRow, kpiDimensions, ReadinessItem } from '../../contract/vee.ts';
import type { BookedChannel, ChannelBook } from './channel-book.ts';

export interface FigureOptions {
  readonly registry: Pick<RegistryStore, 'exceptions'>;
  readonly store: Pick<ReadingStore, 'days'>;
  readonly book: ChannelBook;
  readonly nowMs: () => number;
}

type Dimension = (typeof kpiDimensions)[number];

/** Channels whose closed days are read in one query. */
const channelsAtOnce = 1_000;
const dayS = 86_400;

interface Sum {
  readonly meters: Set<number>;
  expected: number;
  measured: number;
  questionable: number;
  estimated: number;
  edited: number;
  missing: number;
  exceptions: number;
}

export class FigureService {
  readonly #options: FigureOptions;

  constructor(options: FigureOptions) {
    this.#options = options;
  }

  /** Sums over the local days [fromDay, toDay) by a dimension; `within` (`route=S1`) narrows them. */
  async kpis(by: Dimension, fromDay: number, toDay: number, within?: string): Promise<KpiAnswer> {
    const sums = new Map<string, Sum>();
    const total = emptySum();
    const open = await this.#openByDay(fromDay, toDay);
    for await (const page of this.#options.book.pages(channelsAtOnce)) {
      const channels = page.filter((one) => one.facts.intervalS > 0 && isWithin(one, within));
      const byId = new Map(channels.map((one) => [one.facts.channel, one]));
      const days = await this.#options.store.days.of(systemAccess, [...byId.keys()], { fromDay, toDay });
      for (let i = 0; i < days.length; i++) {
        const channel = byId.get(days.channel[i]!)!;
        const key = keyOf(channel, by, days.day[i]!);
        const sum = sums.get(key) ?? emptySum();
        sums.set(key, sum);
        const exceptions = open.get(`${days.channel[i]}/${days.day[i]}`) ?? 0;
        for (const each of [sum, total]) addDay(each, days, i, channel.facts.meter, exceptions);
      }
    }
    const rows = [...sums].map(([key, sum]) => rowOf(key, sum));
    rows.sort((a, b) => (by === 'day' ? (a.key < b.key ? 1 : -1) : (a.readRate ?? 1) - (b.readRate ?? 1)));
    return {
      ...{ by, from: formatDay(fromDay), to: formatDay(toDay), rows, total: rowOf('', total) },
      medianExceptionAgeDays: await this.#medianAge(),
    };
  }

  /** Whether the bill of each usage point can be made for [fromDay, toDay). */
  async readiness(
    points: readonly {
      readonly account: string;
      readonly usagePoint: string;
      readonly meters: readonly number[];
    }[],
    fromDay: number,
    toDay: number,
  ): Promise<ReadinessItem[]> {
    const { book, store, registry } = this.#options;
    const channels = await book.loadMeters(points.flatMap(({ meters }) => meters));
    const used = channels.filter(
      ({ facts, around }) => facts.intervalS > 0 && facts.kind !== 'level' && !around.virtual,
    );
    const ids = used.map(({ facts }) => facts.channel);
    const days = await store.days.of(systemAccess, ids, { fromDay, toDay });
    const counts = new Map(
      ids.map((id) => [id, { expected: 0, present: 0, estimated: 0, blocking: 0, open: 0 }]),
    );
    for (let i = 0; i < days.length; i++) {
      const count = counts.get(days.channel[i]!)!;
      count.expected += days.expected[i]!;
      count.present += days.measured[i]! + days.estimated[i]! + days.edited[i]!;
      count.estimated += days.estimated[i]!;
    }
    const open = await registry.exceptions.openOf(systemAccess, ids, formatDay(fromDay), formatDay(toDay));
    for (const { channelId, blocking, others } of open) {
      const count = counts.get(channelId)!;
      count.blocking += blocking;
      count.open += others;
    }
    return points.map(({ account, usagePoint, meters }) => {
      const windows = used
        .filter(({ facts }) => meters.includes(facts.meter))
        .map(({ facts }) => ({ channel: facts.channel, ...counts.get(facts.channel)! }));
      const { obstacles, channels: blocked, ...found } = readiness(windows);
      return { account, usagePoint, ...found, obstacles: [...obstacles], channels: [...blocked] };
    });
  }

  async #openByDay(fromDay: number, toDay: number): Promise<Map<string, number>> {
    const found = await this.#options.registry.exceptions.daysOf(
      systemAccess,
      formatDay(fromDay),
      formatDay(toDay),
    );
    return new Map(found.map(({ channelId, day, exceptions }) => [`${channelId}/${day}`, exceptions]));
  }

  async #medianAge(): Promise<number | null> {
    const open = await this.#options.registry.exceptions.open(systemAccess, 10_000);
    if (open.length === 0) return null;
    const nowMs = this.#options.nowMs();
    const agesS = Float64Array.from(open, ({ openedAt }) => (nowMs - openedAt.getTime()) / 1_000);
    return medianS(agesS) / dayS;
  }
}

function emptySum(): Sum {
  return {
    meters: new Set(),
    ...{ expected: 0, measured: 0, questionable: 0, estimated: 0, edited: 0, missing: 0, exceptions: 0 },
  };
}

function addDay(sum: Sum, days: ClosedDays, i: number, meter: number, exceptions: number): void {
  const [expected, measured, estimated, edited] = [
    days.expected[i]!,
    days.measured[i]!,
    days.estimated[i]!,
    days.edited[i]!,
  ];
  sum.meters.add(meter);
  sum.expected += expected;
  sum.measured += measured;
  sum.questionable += days.questionable[i]!;
  sum.estimated += estimated;
  sum.edited += edited;
  sum.missing += Math.max(0, expected - measured - estimated - edited);
  sum.exceptions += exceptions;
}

function rowOf(key: string, { meters, ...sum }: Sum): KpiRow {
  const share = (part: number) => (sum.expected === 0 ? null : Math.min(1, part / sum.expected));
  return {
    ...{ key, meters: meters.size, ...sum },
    readRate: share(sum.measured),
    estimationRate: share(sum.estimated),
  };
}

function keyOf({ around }: BookedChannel, by: Dimension, day: number): string {
  if (by === 'day') return formatDay(day);
  if (by === 'meter') return around.serial;
  if (by === 'route') return around.concentrator || around.segment || '–';
  if (by === 'vendor') return around.manufacturer || '–';
  if (by === 'firmware') return [around.model, around.firmware].filter(Boolean).join(' ') || '–';
  return around.installations.at(-1)?.serviceClass || around.commodity;
}

/** `route=S1`, `vendor=Acme`, `day=2026-11-24` … */
function isWithin(channel: BookedChannel, within: string | undefined): boolean {
  if (within === undefined || within === '') return true;
  const at = within.indexOf('=');
  const by = within.slice(0, at) as Dimension;
  return by === 'day' || keyOf(channel, by, 0) === within.slice(at + 1);
}

/** Totals of the days (or months) in the window: complete, partly estimated, or with gaps. */
import type { ChannelItem, DailyItem } from '@openami/server/contract';
import { useMemo, useState } from 'react';
import { decimalsOf, formatCount, formatDay, formatFixed, formatValue } from '../lib/format.ts';
import type { Window } from '../lib/window.ts';
import { addMonths, dayHours, dayNumber, dayOf, dayStart, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { type Bar, type BarPart, Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { VirtualTable } from '../ui/virtual-table.tsx';

const parts: readonly BarPart[] = [
  { name: 'Complete', colour: '--total' },
  { name: 'Partly estimated', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'With gaps', colour: '--q-questionable', pattern: 'outline' },
  { name: 'Not over yet', colour: '--q-projected', pattern: 'hatch' },
];
const longestDailyDays = 100;

interface Total {
  readonly key: string;
  readonly label: string;
  readonly name: string;
  readonly total: number;
  readonly max: number;
  readonly count: number;
  readonly expected: number;
  readonly estimated: number;
  /** The site's clock has not reached its end. */
  readonly running: boolean;
}

export function DailyPanel(props: {
  readonly channel: ChannelItem;
  readonly zone: string;
  readonly days: readonly DailyItem[];
  readonly window: Window;
  readonly onWindow: (window: Window) => void;
}) {
  const { channel, zone, days, window } = props;
  const [face, setFace] = useState<Face>('chart');
  const today = dayOf(zone, useSiteClock().nowMs() / 1000);
  const first = dayOf(zone, window.from);
  const last = dayOf(zone, window.to - 1);
  const monthly = last - first + 1 > longestDailyDays;
  const totals = useMemo(() => {
    const inside = days.filter((d) => dayNumber(d.day) >= first && dayNumber(d.day) <= last);
    return monthly ? byMonth(inside, today) : inside.map((d) => dayTotal(d, zone, today));
  }, [days, first, last, monthly, zone, today]);
  const open = (key: string) => {
    const day = dayNumber(monthly ? `${key}-01` : key);
    const next = monthly ? addMonths(day, 1) : day + 1;
    props.onWindow({ from: dayStart(zone, day), to: dayStart(zone, next) });
  };
  const unit = channel.unit;
  return (
    <Panel
      title={monthly ? 'Monthly totals' : 'Daily totals'}
      note={`${unit}, in the window above`}
      actions={<FaceSwitch label="Totals" face={face} onChange={setFace} />}
    >
      {totals.length === 0 && (
        <Empty icon="chart" title="No day of this window has readings">
          Choose another window above.
        </Empty>
      )}
      {totals.length > 0 && face === 'chart' && (
        <>
          <Bars
            title={monthly ? 'Monthly totals' : 'Daily totals'}
            parts={parts}
            bars={totals.map((t) => toBar(t, unit))}
            height={150}
            formatTick={(v) => formatValue(v)}
            rest={restSentence(totals, unit, monthly)}
            onOpen={open}
          />
          <Legend parts={parts} />
        </>
      )}
      {totals.length > 0 && face === 'table' && <TotalTable totals={totals} unit={unit} />}
    </Panel>
  );
}

function dayTotal(d: DailyItem, zone: string, today: number): Total {
  const day = dayNumber(d.day);
  const hours = dayHours(zone, day);
  const name = formatDay(d.day, 'long');
  return {
    ...d,
    key: d.day,
    running: day >= today,
    label: formatDay(d.day, 'short'),
    name: hours === 24 ? name : `${name} (${hours} h)`,
  };
}

function byMonth(days: readonly DailyItem[], today: number): Total[] {
  const months = new Map<string, Total>();
  const running = dayText(today).slice(0, 7);
  for (const d of days) {
    const key = d.day.slice(0, 7);
    const before = months.get(key);
    months.set(key, {
      key,
      running: key === running,
      label: before?.label ?? formatDay(key, 'month'),
      name: before?.name ?? formatDay(key, 'monthLong'),
      total: (before?.total ?? 0) + d.total,
      max: Math.max(before?.max ?? d.max, d.max),
      count: (before?.count ?? 0) + d.count,
      expected: (before?.expected ?? 0) + d.expected,
      estimated: (before?.estimated ?? 0) + d.estimated,
    });
  }
  return [...months.values()];
}

function toBar(t: Total, unit: string): Bar {
  const gaps = t.expected - t.count;
  const kind = t.running ? 3 : gaps > 0 ? 2 : t.estimated > 0 ? 1 : 0;
  const notes = [
    t.running && 'not over yet',
    !t.running && gaps > 0 && `${formatCount(gaps)} of ${formatCount(t.expected)} intervals missing`,
    t.estimated > 0 && `${formatCount(t.estimated)} estimated`,
  ].filter(Boolean);
  const detail = notes.length > 0 ? notes.join(', ') : `all ${formatCount(t.expected)} intervals`;
  return {
    key: t.key,
    label: t.label,
    sentence:
      `${t.name}: ${formatValue(t.total, unit)}, ` +
      `greatest interval ${formatValue(t.max, unit)}; ${detail}.`,
    values: parts.map((_, i) => (i === kind ? Math.max(0, t.total) : 0)),
  };
}

function restSentence(totals: readonly Total[], unit: string, monthly: boolean): string {
  const sum = totals.reduce((a, t) => a + t.total, 0);
  const top = totals.reduce((a, t) => (t.total > a.total ? t : a));
  if (totals.length === 1) return `${top.name}: ${formatValue(sum, unit)}.`;
  const what = `${totals.length} ${monthly ? 'months' : 'days'}`;
  return `${formatValue(sum, unit)} in ${what}; most on ${top.name} with ${formatValue(top.total, unit)}.`;
}

function TotalTable({ totals, unit }: { readonly totals: readonly Total[]; readonly unit: string }) {
  const digits = decimalsOf(totals.flatMap((t) => [t.total, t.max]));
  return (
    <VirtualTable
      label="Totals"
      count={totals.length}
      heightPx={300}
      columns={[
        { header: 'Period', width: 180, cell: (r) => totals[r]!.name },
        {
          header: `Total, ${unit}`,
          width: 110,
          num: true,
          cell: (r) => formatFixed(totals[r]!.total, digits),
        },
        {
          header: `Greatest, ${unit}`,
          width: 110,
          num: true,
          cell: (r) => formatFixed(totals[r]!.max, digits),
        },
        { header: 'Present', width: 90, num: true, cell: (r) => formatCount(totals[r]!.count) },
        { header: 'Expected', width: 90, num: true, cell: (r) => formatCount(totals[r]!.expected) },
        { header: 'Estimated', width: 90, num: true, cell: (r) => formatCount(totals[r]!.estimated) },
      ]}
    />
  );
}

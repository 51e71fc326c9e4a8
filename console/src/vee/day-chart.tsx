/**
 * A day as a chart: what was measured, what stands, what is proposed with its band, neighbours and the week
 * before. One stop of the Tab key: arrows walk the intervals; while editing up and down change the value,
 * and points are dragged.
 */
import type { VeeDay } from '@openami/server/contract';
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { type Draft, scaleOf, slotLabel, withDraft } from '../lib/day-edit.ts';
import { formatReading } from '../lib/format.ts';
import { cssColour, useShade } from '../shell/theme.ts';
import { announce } from '../ui/announce.tsx';
import { rem } from '../ui/rem.ts';
import { timeAxes } from '../ui/time-axes.ts';
import { useSize } from '../ui/use-size.ts';
import { curvesOf, type Layer, rangeOf } from './day-curves.ts';
import {
  drawBand,
  drawDots,
  drawRibbon,
  drawSlot,
  drawSpan,
  drawSteps,
  lookOf,
  type Pen,
} from './day-draw.ts';

export interface DayChartProps {
  readonly label: string;
  readonly day: VeeDay;
  readonly draft: Draft;
  readonly shown: ReadonlySet<Layer>;
  readonly slot: number;
  /** Slots an exception is about. */
  readonly span?: { readonly from: number; readonly to: number };
  readonly heightPx?: number;
  /** What changed values would be; edited where nothing is said. */
  readonly draftQuality?: string;
  readonly onSlot: (slot: number) => void;
  /** Given while points may be moved. */
  readonly onValue?: (slot: number, counts: number | null) => void;
}

const leastDragPx = 3;

type Now = () => DayChartProps & {
  readonly curves: ReturnType<typeof curvesOf>;
  readonly range: readonly [number, number];
};

export function DayChart(props: DayChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const shade = useShade();
  const { day, draft, shown, slot, heightPx = 320 } = props;
  const curves = useMemo(() => curvesOf(day, draft), [day, draft]);
  const range = useMemo(() => rangeOf(curves, shown), [curves, shown]);
  const held = useRef(range);
  const now = useRef({ ...props, curves, range });
  // While a point is dragged the axis stays, or the point would run away from the pointer.
  const dragging = useRef(false);
  if (!dragging.current) held.current = range;
  now.current = { ...props, curves, range: held.current };
  const chart = useRef<uPlot>(undefined);
  useEffect(() => {
    if (!frame.current || width === 0) return;
    const options = chartOptions(width, rem(heightPx), () => now.current);
    const plot = new uPlot(options, [[0], [null]], frame.current);
    chart.current = plot;
    const stop = listen(plot, () => now.current, dragging);
    return () => {
      stop();
      plot.destroy();
      chart.current = undefined;
    };
  }, [day.unit, day.zone, shade, width > 0, heightPx]);
  useEffect(
    () => chart.current?.setSize({ width: Math.max(1, width), height: rem(heightPx) }),
    [width, heightPx],
  );
  useEffect(() => {
    const { ends, intervalS } = day;
    if (ends.length === 0) return;
    chart.current?.setScale('x', { min: ends[0]! - intervalS, max: ends.at(-1)! });
    chart.current?.redraw(false, true);
  }, [day, curves, range, slot, props.span, props.onValue, shown]);
  const editing = props.onValue !== undefined;
  // Editing begins here: arrows choose and change.
  useEffect(() => {
    if (editing) frame.current?.focus({ preventScroll: true });
  }, [editing]);
  const help = editing
    ? 'Left and right walk the intervals, up and down change the value (Shift: more), Delete takes it away.'
    : 'Left and right walk the intervals.';
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart that takes keys is not a fieldset
    <div
      className="profile-frame day-frame"
      data-editing={editing}
      ref={frame}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart takes keys
      tabIndex={0}
      role="group"
      aria-label={`${props.label}. ${help}`}
      onKeyDown={(e) => onChartKey(e, now.current)}
      style={{ minHeight: rem(heightPx) }}
    />
  );
}

/** What stands in a slot, in words. */
export function slotWords(day: VeeDay, draft: Draft, slot: number): string {
  const { toUnit } = scaleOf(day);
  const words = (counts: number | null | undefined) =>
    counts === null || counts === undefined ? 'no value' : formatReading(toUnit(counts), day.unit);
  const end = day.ends[slot]!;
  const parts = [`${slotLabel(day, slot)}: ${words(day.current[slot])}`];
  parts.push(lookOf(day.quality[slot]!).label.toLowerCase());
  if (day.measured[slot] !== day.current[slot]) parts.push(`measured ${words(day.measured[slot])}`);
  if (draft.has(end)) parts.push(`changed to ${words(draft.get(end))}`);
  return parts.join(', ');
}

function onChartKey(e: KeyboardEvent, { day, draft, slot, range, onSlot, onValue }: ReturnType<Now>): void {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const last = day.ends.length - 1;
  const go = (to: number) => {
    const next = Math.min(last, Math.max(0, to));
    onSlot(next);
    announce(slotWords(day, draft, next));
  };
  const { toCounts, toUnit } = scaleOf(day);
  const change = (by: number) => {
    if (!onValue || slot < 0) return;
    const before = withDraft(day, draft)[slot] ?? 0;
    const step = Math.max(1, toCounts((range[1] - range[0]) / 100));
    const next = bounded(before + by * step * (e.shiftKey ? 10 : 1), range);
    onValue(slot, next);
    announce(formatReading(toUnit(next), day.unit));
  };
  const actions: Record<string, () => void> = {
    ArrowLeft: () => go(slot < 0 ? last : slot - 1),
    ArrowRight: () => go(slot + 1),
    Home: () => go(0),
    End: () => go(last),
    ...(onValue && {
      ArrowUp: () => change(1),
      ArrowDown: () => change(-1),
      Delete: () => slot >= 0 && onValue(slot, null),
      Backspace: () => slot >= 0 && onValue(slot, null),
    }),
  };
  const action = actions[e.key];
  if (!action) return;
  e.preventDefault();
  action();
}

/** Below zero only where the day is. */
function bounded(counts: number, [min]: readonly [number, number]): number {
  return min < 0 ? counts : Math.max(0, counts);
}

function chartOptions(width: number, height: number, now: Now): uPlot.Options {
  const { zone, unit } = now().day;
  return {
    width: Math.max(1, width),
    height,
    legend: { show: false },
    padding: [null, rem(24), null, null],
    cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
    scales: {
      x: {
        time: false,
        range: () => {
          const { ends, intervalS } = now().day;
          return [(ends[0] ?? 1) - intervalS, ends.at(-1) ?? 1];
        },
      },
      y: { range: () => withFoot(now().range) },
    },
    axes: timeAxes(zone, unit),
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: { draw: [(u) => draw(penOf(u), now())] },
  };
}

/** Room below for the strip of qualities. */
function withFoot([min, max]: readonly [number, number]): [number, number] {
  return [min - (max - min) * 0.06, max];
}

function penOf(u: uPlot): Pen {
  const { left, top, width, height } = u.bbox;
  return {
    ...{ c: u.ctx, ratio: devicePixelRatio, left, top, width, height },
    x: (t) => u.valToPos(t, 'x', true),
    y: (v) => u.valToPos(v, 'y', true),
  };
}

function draw(pen: Pen, now: ReturnType<Now>): void {
  const { day, curves, shown, slot, span, onValue, draft, draftQuality = 'edited' } = now;
  const colour = cssColour;
  pen.c.save();
  // A tint over everything says nothing.
  if (span && span.to - span.from + 1 < day.ends.length) drawSpan(pen, day, span.from, span.to);
  if (shown.has('proposed')) drawBand(pen, day, curves.lower, curves.upper, colour('--q-estimated'));
  const line = (
    curve: (number | null)[] | readonly (number | null)[],
    name: string,
    widthPx: number,
    dash?: number[],
  ) => drawSteps(pen, day, curve, { colour: colour(name), widthPx, ...(dash && { dash }) });
  if (shown.has('weekBefore')) line(curves.weekBefore, '--compare', 1.25, [2, 3]);
  if (shown.has('neighbours')) line(curves.neighbours, '--q-derived', 1.5, [7, 3, 2, 3]);
  if (shown.has('proposed')) line(curves.proposed, '--q-estimated', 1.5, [5, 3]);
  line(curves.current, '--q-valid', 2.25);
  if (shown.has('measured')) {
    const odd = curves.measured.map((value, i) => (value === curves.current[i] ? null : value));
    drawDots(pen, day, odd, colour('--q-questionable'), 3.5);
  }
  if (curves.drafted) line(curves.drafted, '--q-edited', 2.5);
  if (onValue) {
    const points = curves.drafted ?? curves.current;
    drawDots(pen, day, points, colour('--q-edited'), 4);
  }
  const quality = day.quality.map((name, i) => {
    const given = draft.get(day.ends[i]!);
    return given === undefined ? name : given === null ? 'missing' : draftQuality;
  });
  drawRibbon(pen, day, quality);
  if (slot >= 0) drawSlot(pen, day, slot);
  pen.c.restore();
}

/** A click chooses an interval; while editing a drag moves its value. */
function listen(u: uPlot, now: Now, dragging: { current: boolean }): () => void {
  const slotAt = (e: PointerEvent) => {
    const { ends, intervalS } = now().day;
    const at = u.posToVal(e.offsetX, 'x');
    return ends.findIndex((end) => at > end - intervalS && at <= end);
  };
  let slot = -1;
  let downY: number | undefined;
  const set = (e: PointerEvent) => {
    const { day, range, onValue } = now();
    const counts = scaleOf(day).toCounts(u.posToVal(e.offsetY, 'y'));
    onValue?.(slot, bounded(counts, range));
  };
  const down = (e: PointerEvent) => {
    slot = slotAt(e);
    if (slot < 0) return;
    now().onSlot(slot);
    if (!now().onValue || e.button !== 0) return;
    u.over.setPointerCapture(e.pointerId);
    downY = e.offsetY;
  };
  const move = (e: PointerEvent) => {
    if (downY === undefined) return;
    // A click only chooses.
    if (Math.abs(e.offsetY - downY) > leastDragPx) dragging.current = true;
    if (dragging.current) set(e);
  };
  const up = () => {
    downY = undefined;
    if (!dragging.current) return;
    dragging.current = false;
    u.redraw(false, true);
  };
  u.over.addEventListener('pointerdown', down);
  u.over.addEventListener('pointermove', move);
  u.over.addEventListener('pointerup', up);
  u.over.addEventListener('pointercancel', up);
  return () => {
    u.over.removeEventListener('pointerdown', down);
    u.over.removeEventListener('pointermove', move);
    u.over.removeEventListener('pointerup', up);
    u.over.removeEventListener('pointercancel', up);
  };
}

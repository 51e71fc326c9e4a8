/**
 * The chart: uPlot gives axes, cursor and selection; the readings are drawn by `profile-draw`. It is one
 * stop of the Tab key, in which arrows walk from reading to reading and are answered in words.
 */
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { extent, findGaps, lowerBound, type Profile } from '../lib/decimate.ts';
import { formatClock, formatDateTime, formatDateTimeZone, formatOffset, formatValue } from '../lib/format.ts';
import { qualityLook } from '../lib/quality.ts';
import { pan, type Window, zoom } from '../lib/window.ts';
import { dayHours, dayOf } from '../lib/zone.ts';
import { cssColour, useShade } from '../shell/theme.ts';
import { announce } from '../ui/announce.tsx';
import { rem } from '../ui/rem.ts';
import { timeAxes } from '../ui/time-axes.ts';
import { useSize } from '../ui/use-size.ts';
import { drawGaps, drawProfile, type Plot, readPalette } from './profile-draw.ts';

export interface ProfileChartProps {
  readonly label: string;
  readonly profile: Profile;
  /** The period before, already moved onto this window. */
  readonly compare: Profile | undefined;
  readonly window: Window;
  readonly bounds: Window;
  readonly zone: string;
  readonly unit: string;
  /** Index of the reading whose details are open; -1 for none. */
  readonly chosen: number;
  readonly onWindow: (window: Window) => void;
  readonly onChoose: (index: number) => void;
}

const heightPx = () => rem(320);
const leastS = 3600;
const keyHelp =
  'Arrow keys walk the readings, Shift and arrows move the window, plus and minus zoom, ' +
  'Enter opens a reading.';

export function ProfileChart(props: ProfileChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const shade = useShade();
  const [hover, setHover] = useState(-1);
  const gaps = useMemo(() => findGaps(props.profile), [props.profile]);
  const now = useRef({ ...props, gaps });
  now.current = { ...props, gaps };
  const chart = useRef<uPlot>(undefined);
  const { zone, unit } = props;

  // A new chart for a new theme, zone or unit: what the axes need.
  useEffect(() => {
    if (!frame.current || width === 0) return;
    const plot = new uPlot(
      chartOptions({ width, zone, unit, now: () => now.current, onHover: setHover }),
      [[0], [null]],
      frame.current,
    );
    chart.current = plot;
    return () => {
      plot.destroy();
      chart.current = undefined;
    };
  }, [zone, unit, shade, width > 0]);
  useEffect(() => chart.current?.setSize({ width: Math.max(1, width), height: heightPx() }), [width]);
  const { profile, compare, window, chosen } = props;
  useEffect(() => {
    chart.current?.setScale('x', { min: window.from, max: window.to });
    chart.current?.redraw(false, true);
  }, [profile, compare, window, chosen, gaps]);

  const onKey = useChartKeys(now, hover, setHover);
  const shown = hover >= 0 ? hover : chosen;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart that takes keys is not a fieldset
    <div
      className="profile-frame"
      ref={frame}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart takes keys
      tabIndex={0}
      role="group"
      aria-label={`${props.label}. ${keyHelp}`}
      onKeyDown={onKey}
      style={{ minHeight: heightPx() }}
    >
      {shown >= 0 && shown < profile.end.length && (
        <Tip profile={profile} index={shown} zone={zone} unit={unit} window={window} />
      )}
    </div>
  );
}

/** Time and value of one reading. */
function readingWords(profile: Profile, index: number, zone: string, unit: string): string {
  const end = profile.end[index]!;
  // On a day of the change the offset tells the doubled hour apart.
  const changes = dayHours(zone, dayOf(zone, end - profile.intervalS)) !== 24;
  const from = (changes ? formatDateTimeZone : formatDateTime)((end - profile.intervalS) * 1000, zone);
  const to = changes
    ? `${formatClock(end * 1000, zone).slice(0, 5)} ${formatOffset(end * 1000, zone)}`
    : formatDateTime(end * 1000, zone).slice(-5);
  const look = qualityLook(profile.quality[index]!);
  const value = look.state === 'missing' ? 'no value' : formatValue(profile.value[index], unit);
  return `${from} to ${to}: ${value}, ${look.label.toLowerCase()}`;
}

function Tip(props: {
  readonly profile: Profile;
  readonly index: number;
  readonly zone: string;
  readonly unit: string;
  readonly window: Window;
}) {
  const { profile, index, window } = props;
  const share = (profile.end[index]! - window.from) / (window.to - window.from);
  if (share < 0 || share > 1.02) return null;
  const [when, what] = splitOnce(readingWords(profile, index, props.zone, props.unit), ': ');
  const side = share < 0.55 ? { right: '2.5rem' } : { left: '5.5rem' };
  return (
    <div className="profile-tip" style={side} aria-hidden="true">
      <div className="muted">{when}</div>
      <strong>{what}</strong>
    </div>
  );
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.lastIndexOf(mark);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

type Now = () => ProfileChartProps & { readonly gaps: ReturnType<typeof findGaps> };

/** Index of the reading whose interval holds `timeS`; -1 when there is none. */
function readingAt(profile: Profile, timeS: number): number {
  const i = lowerBound(profile.end, timeS);
  return i < profile.end.length && timeS > profile.end[i]! - profile.intervalS ? i : -1;
}

function chartOptions(given: {
  readonly width: number;
  readonly zone: string;
  readonly unit: string;
  readonly now: Now;
  readonly onHover: (index: number) => void;
}): uPlot.Options {
  const { zone, now } = given;
  const palette = readPalette();
  return {
    width: Math.max(1, given.width),
    height: heightPx(),
    legend: { show: false },
    // Room for the label of a tick at the right edge.
    padding: [null, rem(38), null, null],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    scales: {
      x: { time: false, range: () => [now().window.from, now().window.to] },
      y: { range: () => valueRange(now()) },
    },
    axes: timeAxes(zone, given.unit),
    series: [{}, { show: true, paths: () => null, points: { show: false } }],
    hooks: {
      draw: [
        (u) => {
          const { profile, compare, window, gaps, chosen } = now();
          const plot = plotOf(u);
          drawGaps(plot, gaps, window, palette);
          if (compare) drawProfile(plot, compare, window, palette, palette.compare);
          drawProfile(plot, profile, window, palette);
          if (chosen >= 0) drawChosen(plot, profile, chosen);
        },
      ],
      setCursor: [
        (u) => {
          const left = u.cursor.left ?? -1;
          given.onHover(left < 0 ? -1 : readingAt(now().profile, u.posToVal(left, 'x')));
        },
      ],
      setSelect: [
        (u) => {
          if (u.select.width < 4) return;
          const from = u.posToVal(u.select.left, 'x');
          const to = u.posToVal(u.select.left + u.select.width, 'x');
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          const { bounds, onWindow } = now();
          onWindow(zoom({ from, to }, 1, (from + to) / 2, bounds, leastS));
        },
      ],
      ready: [(u) => listen(u, now)],
    },
  };
}

function plotOf(u: uPlot): Plot {
  return {
    context: u.ctx,
    left: u.bbox.left,
    top: u.bbox.top,
    width: u.bbox.width,
    height: u.bbox.height,
    ratio: devicePixelRatio,
    x: (t) => u.valToPos(t, 'x', true),
    y: (v) => u.valToPos(v, 'y', true),
  };
}

/** From zero where that is honest; around the values where they all lie far from it (volts, degrees). */
function valueRange({ profile, compare, window }: ProfileChartProps): [number, number] {
  const own = extent(profile, window.from, window.to);
  const other = compare ? extent(compare, window.from, window.to) : own;
  const min = Math.min(own.min, other.min);
  const max = Math.max(own.max, other.max);
  if (!(max >= min)) return [0, 1];
  if (min === max) return min === 0 ? [0, 1] : [Math.min(0, min * 1.2), Math.max(0, max * 1.2)];
  const room = (max - min) * 0.08;
  const far = min > 0 && max - min < 0.4 * max;
  return [far ? min - room : Math.min(0, min - (min < 0 ? room : 0)), max + room];
}

function drawChosen(plot: Plot, profile: Profile, index: number): void {
  const c = plot.context;
  const end = profile.end[index]!;
  const from = plot.x(end - profile.intervalS);
  c.strokeStyle = cssColour('--focus');
  c.lineWidth = 2 * plot.ratio;
  c.strokeRect(from, plot.top, Math.max(2 * plot.ratio, plot.x(end) - from), plot.height);
}

/** A click opens a reading; the wheel zooms while Ctrl is held, so that the page still scrolls. */
function listen(u: uPlot, now: Now): void {
  u.over.addEventListener('click', (e) => {
    const index = readingAt(now().profile, u.posToVal(e.offsetX, 'x'));
    if (index >= 0) now().onChoose(index);
  });
  u.over.addEventListener(
    'wheel',
    (e) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const { window, bounds, onWindow } = now();
      onWindow(zoom(window, e.deltaY > 0 ? 1.25 : 0.8, u.posToVal(e.offsetX, 'x'), bounds, leastS));
    },
    { passive: false },
  );
}

function useChartKeys(
  now: React.RefObject<ReturnType<Now>>,
  hover: number,
  setHover: (index: number) => void,
) {
  return useCallback(
    (e: KeyboardEvent) => {
      const { window, bounds, profile, onWindow, onChoose, zone, unit, chosen } = now.current;
      const middle = (window.from + window.to) / 2;
      const walk = (by: number) => {
        const start = hover >= 0 ? hover : chosen >= 0 ? chosen : lowerBound(profile.end, window.to) - by;
        const next = Math.min(profile.end.length - 1, Math.max(0, start + by));
        if (next < 0 || profile.end.length === 0) return;
        setHover(next);
        announce(readingWords(profile, next, zone, unit));
        const end = profile.end[next]!;
        if (end <= window.from || end > window.to) onWindow(pan(window, by > 0 ? 0.5 : -0.5, bounds));
      };
      const actions: Record<string, () => void> = {
        ArrowLeft: () => (e.shiftKey ? onWindow(pan(window, -0.5, bounds)) : walk(-1)),
        ArrowRight: () => (e.shiftKey ? onWindow(pan(window, 0.5, bounds)) : walk(1)),
        PageUp: () => onWindow(pan(window, -1, bounds)),
        PageDown: () => onWindow(pan(window, 1, bounds)),
        Home: () => onWindow(pan(window, -1e6, bounds)),
        End: () => onWindow(pan(window, 1e6, bounds)),
        '+': () => onWindow(zoom(window, 0.5, middle, bounds, leastS)),
        '=': () => onWindow(zoom(window, 0.5, middle, bounds, leastS)),
        '-': () => onWindow(zoom(window, 2, middle, bounds, leastS)),
        Enter: () => hover >= 0 && onChoose(hover),
        Escape: () => onChoose(-1),
      };
      const action = actions[e.key];
      if (!action || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      action();
    },
    [now, hover, setHover],
  );
}

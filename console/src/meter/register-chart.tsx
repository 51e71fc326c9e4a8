/** The dial as it was read: a point a reading, joined while the register only grew. Arrow keys walk on it. */
import { useRef } from 'react';
import type { Profile } from '../lib/decimate.ts';
import { decimalsOf, formatDateTimeZone, formatFixed, formatReading, formatValue } from '../lib/format.ts';
import { readRows } from '../lib/register-days.ts';
import { chooseStep, tickLabels, timeTicks } from '../lib/ticks.ts';
import { Axis } from '../ui/bars.tsx';
import { rem } from '../ui/rem.ts';
import { useSize } from '../ui/use-size.ts';
import { useWalk } from '../ui/use-walk.ts';

const padS = 43_200;

export function RegisterChart(props: {
  readonly title: string;
  readonly profile: Profile;
  readonly zone: string;
  readonly unit: string;
}) {
  const { profile, zone, unit } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const points = pointsOf(profile);
  const scale = scaleOf(points, width);
  const sentence = (i: number) => {
    const { at, value } = points[i]!;
    const before = points[i - 1];
    const text = `${formatDateTimeZone(at * 1000, zone)}: ${formatReading(value, unit)}`;
    if (!before) return `${text}.`;
    const by = value - before.value;
    return by < 0
      ? `${text}; it went back by ${formatValue(-by, unit)}.`
      : `${text}, ${formatValue(by, unit)} more than at the reading before.`;
  };
  const rest = `${points.length} readings; the last on ${sentence(points.length - 1)}`;
  const { title } = props;
  const count = points.length;
  const { active, setActive, words, slider } = useWalk({ title, kind: 'line chart', count, sentence, rest });
  const point = (clientX: number, svg: Element) =>
    setActive(nearest(points, scale.timeAt(clientX - svg.getBoundingClientRect().left)));
  return (
    <div className="bars" ref={box}>
      <div
        {...slider}
        onPointerMove={(e) => point(e.clientX, e.currentTarget)}
        onPointerDown={(e) => point(e.clientX, e.currentTarget)}
      >
        {width > 0 && <Drawing points={points} scale={scale} zone={zone} active={active} />}
      </div>
      <p className="bars-readout">{words}</p>
    </div>
  );
}

interface Point {
  readonly at: number;
  readonly value: number;
}

function pointsOf(profile: Profile): Point[] {
  return readRows(profile).map((row) => ({ at: profile.end[row]!, value: profile.value[row]! }));
}

function nearest(points: readonly Point[], at: number): number {
  let best = 0;
  for (let i = 1; i < points.length; i++)
    if (Math.abs(points[i]!.at - at) < Math.abs(points[best]!.at - at)) best = i;
  return best;
}

type Scale = ReturnType<typeof scaleOf>;

function scaleOf(points: readonly Point[], width: number) {
  const left = rem(76);
  const right = rem(10);
  const height = rem(190);
  const plotH = height - rem(34);
  const one = points.length === 1 ? padS : 0;
  const [from, to] = [points[0]!.at - one, points.at(-1)!.at + one];
  const values = points.map((p) => p.value);
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - 1, high + 1];
  const plotW = Math.max(1, width - left - right);
  return {
    ...{ left, width, height, plotW, plotH, from, to, low, high },
    x: (at: number) => left + ((at - from) / (to - from)) * plotW,
    y: (value: number) => plotH - ((value - low) / (high - low)) * (plotH - rem(10)),
    timeAt: (x: number) => from + ((x - left) / plotW) * (to - from),
  };
}

/** Fewer pixels a point, and only the line is drawn. */
const pointPx = 5;

function Drawing(props: {
  readonly points: readonly Point[];
  readonly scale: Scale;
  readonly zone: string;
  readonly active: number;
}) {
  const { points, scale, zone, active } = props;
  const { left, width, height, plotH, from, to, low, high, x, y } = scale;
  const step = chooseStep(from, to, scale.plotW, rem(64));
  const ticks = timeTicks(zone, from, to, step);
  const labels = tickLabels(zone, ticks, step);
  const digits = decimalsOf([low, high].map((v) => Number(v.toPrecision(6))));
  const path = points
    .map((p, i) => {
      const grew = i > 0 && p.value >= points[i - 1]!.value;
      return `${grew ? 'L' : 'M'}${x(p.at).toFixed(1)} ${y(p.value).toFixed(1)}`;
    })
    .join('');
  const shown = points[active];
  const dots = points.length * rem(pointPx) <= scale.plotW ? points : shown ? [shown] : [];
  return (
    <svg height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <Axis
        left={left}
        base={low}
        top={high}
        y={y}
        width={width}
        format={(v) => formatFixed(v, Math.min(digits, 3))}
      />
      <path className="dial-line" d={path} />
      {dots.map((p) => (
        <circle
          key={p.at}
          className="dial-point"
          data-active={p === shown}
          cx={x(p.at)}
          cy={y(p.value)}
          r={rem(p === shown ? 4.5 : 2.5)}
        />
      ))}
      {ticks.map((at, i) => (
        <text key={at} className="axis" x={x(at)} y={plotH + rem(16)} textAnchor={anchor(x(at), left, width)}>
          {labels[i]!.split('\n').map((line, n) => (
            <tspan key={line} x={x(at)} dy={n === 0 ? 0 : rem(14)}>
              {line}
            </tspan>
          ))}
        </text>
      ))}
    </svg>
  );
}

/** Text at the rim stays inside. */
function anchor(x: number, left: number, width: number): 'start' | 'middle' | 'end' {
  if (x < left + rem(20)) return 'start';
  return x > width - rem(30) ? 'end' : 'middle';
}

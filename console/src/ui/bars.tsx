/**
 * Stacked bars over days or months, in SVG. Arrow keys walk from bar to bar and the readout below says
 * what the bar holds, so that nothing needs a mouse; patterns tell the parts apart without colour.
 */
import { useId, useRef } from 'react';
import { rem } from './rem.ts';
import { useSize } from './use-size.ts';
import { useWalk } from './use-walk.ts';

export interface BarPart {
  readonly name: string;
  /** Custom property that holds its colour. */
  readonly colour: string;
  readonly pattern?: 'hatch' | 'outline';
}

export interface Bar {
  readonly key: string;
  /** Under the axis. */
  readonly label: string;
  /** Said when the bar is pointed at. */
  readonly sentence: string;
  /** One number a part. */
  readonly values: readonly number[];
  /** What it is compared with: a line across the bar. */
  readonly mark?: number;
}

export interface BarsProps {
  readonly title: string;
  readonly parts: readonly BarPart[];
  readonly bars: readonly Bar[];
  /** Foot of the axis; default 0. */
  readonly base?: number;
  /** Top of the axis; default the tallest bar. */
  readonly top?: number;
  readonly height?: number;
  readonly formatTick: (value: number) => string;
  readonly rest: string;
  readonly onOpen?: (key: string) => void;
}

export function Bars(props: BarsProps) {
  const { bars, parts } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const { active, setActive, words, slider } = useWalk({
    title: props.title,
    kind: 'bar chart',
    count: bars.length,
    sentence: (i) => bars[i]!.sentence,
    rest: props.rest,
    onEnter: (i) => props.onOpen?.(bars[i]!.key),
  });
  const left = rem(46);
  const bottom = rem(20);
  const height = rem(props.height ?? 180);
  const tallest = Math.max(
    ...bars.map((b) =>
      Math.max(
        b.mark ?? 0,
        b.values.reduce((a, v) => a + v, 0),
      ),
    ),
    0,
  );
  const top = props.top ?? niceTop(tallest);
  const plotW = Math.max(1, width - left);
  const plotH = height - bottom;
  const step = plotW / Math.max(1, bars.length);
  const base = props.base ?? 0;
  const y = (v: number) => plotH - (Math.max(0, v - base) / (top - base || 1)) * (plotH - 6);
  return (
    <div className="bars" ref={box}>
      <div {...slider}>
        {width > 0 && (
          <svg height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <Axis left={left} base={base} top={top} y={y} width={width} format={props.formatTick} />
            {bars.map((bar, i) => (
              <Column
                key={bar.key}
                bar={bar}
                parts={parts}
                x={left + i * step}
                step={step}
                y={y}
                plotH={plotH}
                active={i === active}
                label={i % Math.ceil(rem(58) / step) === 0 && left + i * step + rem(38) < width}
                onPoint={() => setActive(i)}
                onOpen={() => props.onOpen?.(bar.key)}
              />
            ))}
          </svg>
        )}
      </div>
      <p className="bars-readout">{words}</p>
    </div>
  );
}

/** Three ruled lines with their values. */
export function Axis(props: {
  readonly left: number;
  readonly base: number;
  readonly top: number;
  readonly width: number;
  readonly y: (v: number) => number;
  readonly format: (v: number) => string;
}) {
  return [0, 0.5, 1].map((share) => {
    const value = props.base + (props.top - props.base) * share;
    const at = props.y(value);
    return (
      <g key={share}>
        <line className="rule" x1={props.left} x2={props.width} y1={at} y2={at} />
        <text className="axis" x={props.left - 8} y={at + 4} textAnchor="end">
          {props.format(value)}
        </text>
      </g>
    );
  });
}

function Column(props: {
  readonly bar: Bar;
  readonly parts: readonly BarPart[];
  readonly x: number;
  readonly step: number;
  readonly y: (v: number) => number;
  readonly plotH: number;
  readonly active: boolean;
  readonly label: boolean;
  readonly onPoint: () => void;
  readonly onOpen: () => void;
}) {
  const { bar, parts, x, step, y, plotH } = props;
  const gap = step > 6 ? Math.min(6, step * 0.22) : 0;
  // One day alone is a bar, not a wall.
  const barW = Math.min(rem(112), step - gap);
  const barX = x + (step - barW) / 2;
  let sum = 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the slider around it takes the keys
    <g className="column" data-active={props.active} onPointerEnter={props.onPoint} onClick={props.onOpen}>
      <rect className="hit" x={x} y={0} width={step} height={plotH} />
      {bar.values.map((value, i) => {
        const from = y(sum);
        sum += value;
        const size = from - y(sum);
        if (size <= 0) return null;
        const part = parts[i]!;
        return <Part key={part.name} part={part} x={barX} y={from - size} w={barW} h={size} />;
      })}
      {bar.mark !== undefined && (
        <line
          className="mark-line"
          x1={barX - gap / 2}
          x2={barX + barW + gap / 2}
          y1={y(bar.mark)}
          y2={y(bar.mark)}
        />
      )}
      {props.label && (
        <text className="axis" x={barX} y={plotH + rem(15)}>
          {bar.label}
        </text>
      )}
    </g>
  );
}

interface PartBox {
  readonly part: BarPart;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function Part({ part, x, y, w, h }: PartBox) {
  const id = useId();
  const colour = `var(${part.colour})`;
  if (part.pattern === 'outline') {
    return (
      <rect
        x={x + 0.5}
        y={y + 0.5}
        width={Math.max(0.5, w - 1)}
        height={Math.max(0.5, h - 1)}
        fill={colour}
        fillOpacity="0.25"
        stroke={colour}
      />
    );
  }
  if (part.pattern !== 'hatch') return <rect x={x} y={y} width={w} height={h} fill={colour} />;
  return (
    <>
      <pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" fill={colour} fillOpacity="0.35" />
        <rect width="2.5" height="5" fill={colour} />
      </pattern>
      <rect x={x} y={y} width={w} height={h} fill={`url(#${id})`} />
    </>
  );
}

/** A round number just above `value`. */
/** Top of an axis whose three lines are whole numbers. */
export function wholeTop(value: number): number {
  return 2 * Math.ceil(niceTop(value) / 2);
}

function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const scale = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((s) => s * scale >= value) ?? 10;
  return step * scale;
}

export function Legend({ parts }: { readonly parts: readonly BarPart[] }) {
  return (
    <ul className="legend">
      {parts.map((part) => (
        <li key={part.name}>
          <svg className="swatch" width="14" height="10" aria-hidden="true">
            <Part part={part} x={0} y={0} w={14} h={10} />
          </svg>
          {part.name}
        </li>
      ))}
    </ul>
  );
}

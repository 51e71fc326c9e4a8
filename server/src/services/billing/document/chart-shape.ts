/** Where the bars of a chart stand: numbers alone, drawn by both renderings. Bars grow from the bottom. */
import type { Chart } from './view.ts';

export interface BarPart {
  readonly series: number;
  readonly x: number;
  /** From the top of the drawing. */
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ChartShape {
  readonly width: number;
  readonly height: number;
  readonly plot: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly parts: readonly BarPart[];
  /** What is not measured, laid over the lower end of a bar. */
  readonly estimated: readonly BarPart[];
  readonly labels: readonly { readonly x: number; readonly text: string }[];
  readonly marks: readonly { readonly y: number; readonly text: string }[];
}

const labelHeight = 16;
const topSpace = 8;
/** Labels need this much room each. */
const labelWidth = 20;

/** The shape of a chart in a drawing of a width and height; `axisWidth` is kept free for the marks. */
export function shapeOf(
  { bars, marks }: Pick<Chart, 'bars' | 'marks'>,
  {
    width,
    height,
    axisWidth,
  }: { readonly width: number; readonly height: number; readonly axisWidth: number },
): ChartShape {
  const plot = {
    x: axisWidth,
    y: topSpace,
    width: width - axisWidth,
    height: height - topSpace - labelHeight,
  };
  const top = marks.at(-1)?.value ?? 1;
  const bottom = plot.y + plot.height;
  const step = plot.width / Math.max(1, bars.length);
  const barWidth = Math.min(step * 0.8, 48);
  const heightOf = (value: number) => (Math.max(0, value) / top) * plot.height;
  const parts: BarPart[] = [];
  const estimated: BarPart[] = [];
  for (const [i, bar] of bars.entries()) {
    const x = plot.x + i * step + (step - barWidth) / 2;
    let y = bottom;
    for (const [series, amount] of bar.amounts.entries()) {
      const height = heightOf(amount);
      if (height === 0) continue;
      y -= height;
      parts.push({ series, x, y, width: barWidth, height });
    }
    const guessed = Math.min(heightOf(bar.estimated), bottom - y);
    if (guessed > 0) estimated.push({ series: 0, x, y: bottom - guessed, width: barWidth, height: guessed });
  }
  const every = Math.max(1, Math.ceil(labelWidth / step));
  return {
    ...{ width, height, plot, parts, estimated },
    labels: bars.flatMap(({ label }, i) =>
      i % every === 0 ? [{ x: plot.x + (i + 0.5) * step, text: label }] : [],
    ),
    marks: marks.map(({ value, text }) => ({ y: bottom - heightOf(value), text })),
  };
}

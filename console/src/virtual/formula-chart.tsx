/** What a formula makes of some days, as a curve and in words. */

import { convert, parseUnit } from '@openami/model';
import type { FormulaPreview } from '@openami/server/contract';
import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatCount, formatReading, formatValue } from '../lib/format.ts';
import { cssColour, useShade } from '../shell/theme.ts';
import { useSiteClock } from '../site.tsx';
import { rem } from '../ui/rem.ts';
import { timeAxes } from '../ui/time-axes.ts';
import { useSize } from '../ui/use-size.ts';

export function FormulaChart(props: {
  readonly preview: FormulaPreview;
  readonly unit: string;
  readonly intervalS: number;
}) {
  const { preview, unit } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { width } = useSize(frame);
  const shade = useShade();
  const { zone } = useSiteClock();
  const values = useMemo(() => inUnit(preview.values, unit), [preview, unit]);
  useEffect(() => {
    if (!frame.current || width === 0 || preview.ends.length === 0) return;
    const plot = new uPlot(optionsOf(width, zone, unit), [[...preview.ends], values], frame.current);
    return () => plot.destroy();
  }, [preview, values, unit, zone, shade, width]);
  const sum = (list: readonly number[]) => list.reduce((total, n) => total + n, 0);
  const there = values.filter((value) => value !== null);
  return (
    <div className="stack" style={{ gap: '0.25rem' }}>
      <div ref={frame} style={{ minHeight: rem(180) }} aria-hidden="true" />
      <p role="status">
        {there.length === 0
          ? 'It has no value in the last days.'
          : `${formatCount(there.length)} of ${formatCount(values.length)} intervals, ` +
            `sum ${formatReading(Number(sum(there).toPrecision(12)), unit)}, ` +
            `from ${formatValue(Math.min(...there))} to ${formatValue(Math.max(...there), unit)}. `}
        {formatCount(sum(preview.present))} of {formatCount(sum(preview.expected))} readings it needs are
        there, {formatCount(sum(preview.estimated))} of them estimated.
      </p>
    </div>
  );
}

/** The server answers in the base unit. */
function inUnit(values: readonly (number | null)[], unit: string): (number | null)[] {
  try {
    const { base } = parseUnit(unit);
    return values.map((value) => (value === null ? null : convert(value, base, unit)));
  } catch {
    return [...values];
  }
}

function optionsOf(width: number, zone: string, unit: string): uPlot.Options {
  return {
    width,
    height: rem(180),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    scales: { x: { time: false } },
    axes: timeAxes(zone, unit),
    series: [
      {},
      {
        stroke: cssColour('--q-derived'),
        width: 1.75,
        points: { show: false },
        paths: uPlot.paths.stepped!({ align: -1 }),
      },
    ],
  };
}

/** Axes of charts over time: hours and days of the zone below, values of the unit at the left. */
import type uPlot from 'uplot';
import { formatValue } from '../lib/format.ts';
import { chooseStep, tickLabels, timeTicks } from '../lib/ticks.ts';
import { cssColour } from '../shell/theme.ts';
import { rem } from './rem.ts';

export function timeAxes(zone: string, unit: string): uPlot.Axis[] {
  const axis = {
    stroke: cssColour('--text-3'),
    font: `${rem(12)}px ${cssColour('--font')}`,
    ticks: { show: false },
    grid: { stroke: cssColour('--grid'), width: 1 },
  };
  const step = (u: uPlot) => chooseStep(u.scales.x!.min!, u.scales.x!.max!, u.bbox.width / devicePixelRatio);
  return [
    {
      ...axis,
      size: rem(40),
      splits: (u, _axis, min, max) => timeTicks(zone, min, max, step(u)),
      values: (u, splits) => tickLabels(zone, splits, step(u)),
    },
    {
      ...axis,
      size: rem(56),
      values: (_u, splits) => splits.map((v) => formatValue(v)),
      label: unit,
      labelSize: rem(18),
      labelFont: `600 ${rem(12)}px ${cssColour('--font')}`,
    },
  ];
}

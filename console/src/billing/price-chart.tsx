/** Values of a series over a day, in steps, above and below zero; arrow keys walk along it. */
import { useRef, useState } from 'react';
import { formatDateTime } from '../lib/format.ts';
import { formatDecimal } from '../lib/money.ts';
import { axisOf, type DayValue } from '../lib/prices.ts';
import { Axis } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { rem } from '../ui/rem.ts';
import { useSize } from '../ui/use-size.ts';
import { useWalk } from '../ui/use-walk.ts';

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  readonly zone: string;
  /** UTC seconds of the day. */
  readonly startS: number;
  readonly endS: number;
  readonly values: readonly DayValue[];
}

export function PriceChart(props: ChartProps) {
  const [face, setFace] = useState<Face>('chart');
  return (
    <div className="stack">
      <div className="row">
        <FaceSwitch label={props.title} face={face} onChange={setFace} />
      </div>
      {face === 'chart' ? <Steps {...props} /> : <ValueTable {...props} />}
    </div>
  );
}

function clock({ zone }: ChartProps, atS: number): string {
  return formatDateTime(atS * 1_000, zone).slice(-5);
}

function Steps(props: ChartProps) {
  const { title, unit, startS, endS, values } = props;
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const numbers = values.map(({ value }) => Number(value));
  const { base, top } = axisOf(numbers);
  const { active, setActive, words, slider } = useWalk({
    ...{ title, kind: 'step chart', count: values.length },
    sentence: (i) => {
      const { fromS, toS, value } = values[i]!;
      return `${clock(props, fromS)} to ${clock(props, toS)}: ${formatDecimal(value, unit)}`;
    },
    rest: `${values.length} values. Point at one, or walk with the arrow keys.`,
  });
  const [left, bottom, height] = [rem(56), rem(20), rem(200)];
  const plotH = height - bottom;
  const x = (atS: number) => left + ((atS - startS) / (endS - startS)) * Math.max(1, width - left);
  const y = (value: number) => plotH - ((value - base) / (top - base)) * (plotH - 8);
  const hours = Array.from({ length: width > rem(600) ? 8 : 4 }, (_, i, all = width > rem(600) ? 8 : 4) => {
    return startS + Math.round((i * (endS - startS)) / all / 3_600) * 3_600;
  });
  return (
    <div className="bars" ref={box}>
      <div {...slider}>
        {width > 0 && (
          <svg height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
            <Axis {...{ left, base, top, y, width }} format={(value) => formatDecimal(shortest(value))} />
            {values.map(({ fromS, toS }, i) => {
              const [a, b] = [y(Math.max(0, numbers[i]!)), y(Math.min(0, numbers[i]!))];
              return (
                <g
                  key={fromS}
                  className="column price-step"
                  data-active={i === active}
                  data-below={numbers[i]! < 0 || undefined}
                  onPointerEnter={() => setActive(i)}
                >
                  <rect className="hit" x={x(fromS)} y={0} width={x(toS) - x(fromS)} height={plotH} />
                  <rect
                    x={x(fromS) + 0.5}
                    y={a}
                    width={Math.max(0.5, x(toS) - x(fromS) - 1)}
                    height={Math.max(1, b - a)}
                  />
                </g>
              );
            })}
            {hours.map((atS) => (
              <text key={atS} className="axis" x={x(atS)} y={plotH + rem(15)}>
                {clock(props, atS)}
              </text>
            ))}
          </svg>
        )}
      </div>
      <p className="bars-readout">{words}</p>
    </div>
  );
}

function shortest(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

function ValueTable(props: ChartProps) {
  return (
    <DataTable
      label={props.title}
      rows={props.values}
      rowKey={({ fromS }) => fromS}
      maxHeight="20rem"
      columns={[
        { name: 'From', cell: ({ fromS }) => clock(props, fromS) },
        { name: 'To', cell: ({ toS }) => clock(props, toS) },
        { name: props.unit, num: true, cell: ({ value }) => formatDecimal(value) },
      ]}
      empty={null}
    />
  );
}

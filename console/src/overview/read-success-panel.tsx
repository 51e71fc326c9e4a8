/** Read success by day: what came by the deadline, what came later, what is missing. */
import type { ReadSuccess, ReadSuccessDay } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount, formatDay, formatShare } from '../lib/format.ts';
import { readSuccessQuery } from '../queries.ts';
import { type Bar, type BarPart, Bars, Legend } from '../ui/bars.tsx';
import { Segmented } from '../ui/button.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready } from '../ui/states.tsx';

const parts: readonly BarPart[] = [
  { name: 'By the deadline', colour: '--total' },
  { name: 'Later', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'Missing', colour: '--q-questionable', pattern: 'outline' },
];

export function ReadSuccessPanel({ className }: { readonly className?: string }) {
  const [days, setDays] = useState('30');
  const [face, setFace] = useState<Face>('chart');
  const query = useQuery(readSuccessQuery(Number(days)));
  return (
    <Panel
      className={className}
      title="Read success by day"
      note={query.data && `deadline ${query.data.deadline} on the next day`}
      actions={
        <>
          <Segmented
            label="Days shown"
            value={days}
            onChange={setDays}
            options={[
              { value: '14', label: '14 d' },
              { value: '30', label: '30 d' },
              { value: '90', label: '90 d' },
            ]}
          />
          <FaceSwitch label="Read success" face={face} onChange={setFace} />
        </>
      }
    >
      <Ready query={query} what="read success">
        {(data) => {
          const some = data.days.filter((d) => d.expected > 0);
          if (some.length === 0) {
            return (
              <Empty icon="chart" title="No whole day is over yet">
                The first bar appears once a day has passed with meters installed.
              </Empty>
            );
          }
          return face === 'chart' ? (
            <ReadSuccessChart days={some} deadline={data.deadline} />
          ) : (
            <ReadSuccessTable data={data} />
          );
        }}
      </Ready>
    </Panel>
  );
}

function ReadSuccessChart(props: { readonly days: readonly ReadSuccessDay[]; readonly deadline: string }) {
  const bars = props.days.map((d): Bar => {
    const share = d.present / d.expected;
    return {
      key: d.day,
      label: formatDay(d.day, 'short'),
      sentence:
        `${formatDay(d.day, 'short')}: ${formatShare(share, 2)} read, ` +
        `${formatShare(d.byDeadline / d.expected, 2)} by ${props.deadline}; ` +
        `${formatCount(d.expected - d.present)} of ${formatCount(d.expected)} missing.`,
      values: [d.byDeadline, d.present - d.byDeadline, Math.max(0, d.expected - d.present)].map(
        (n) => n / d.expected,
      ),
    };
  });
  // A site that reads well shows its lost percents; the axis says where it starts.
  const lowest = Math.min(...bars.map((b) => b.values[0]!));
  const base = [0.95, 0.9, 0.8, 0.5].find((b) => lowest > b + 0.01) ?? 0;
  const worst = [...props.days].sort((a, b) => a.present / a.expected - b.present / b.expected)[0]!;
  const lowestShare = formatShare(worst.present / worst.expected, 2);
  const least = `Lowest day, late readings included: ${formatDay(worst.day, 'short')} with ${lowestShare}.`;
  const rest = base > 0 ? `${least} The axis starts at ${base * 100} %.` : least;
  return (
    <>
      <Bars
        title="Read success by day"
        parts={parts}
        bars={bars}
        base={base}
        top={1}
        height={264}
        formatTick={(v) => `${Number((v * 100).toFixed(1))} %`}
        rest={rest}
      />
      <Legend parts={parts} />
    </>
  );
}

function ReadSuccessTable({ data }: { readonly data: ReadSuccess }) {
  return (
    <ScrollBox label="Read success" style={{ maxHeight: '14rem' }}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col" className="num">
              Expected
            </th>
            <th scope="col" className="num">
              By {data.deadline}
            </th>
            <th scope="col" className="num">
              Present
            </th>
            <th scope="col" className="num">
              Missing
            </th>
            <th scope="col" className="num">
              Read
            </th>
          </tr>
        </thead>
        <tbody>
          {[...data.days].reverse().map((d) => (
            <tr key={d.day}>
              <td>{d.day}</td>
              <td className="num">{formatCount(d.expected)}</td>
              <td className="num">{formatCount(d.byDeadline)}</td>
              <td className="num">{formatCount(d.present)}</td>
              <td className="num">{formatCount(Math.max(0, d.expected - d.present))}</td>
              <td className="num">{d.expected > 0 ? formatShare(d.present / d.expected, 2) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

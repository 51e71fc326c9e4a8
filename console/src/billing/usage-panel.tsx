/** What was used, day by day, as it is known now. */
import type { BillDetail, DailyItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount, formatDay, formatValue, unitText } from '../lib/format.ts';
import { dayNumber, dayText } from '../lib/zone.ts';
import { dailyQuery } from '../queries.ts';
import { Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';

const parts = [
  { name: 'measured', colour: '--total' },
  { name: 'partly estimated', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'intervals missing', colour: '--q-missing', pattern: 'outline' },
] as const;

export function UsagePanel({ bill }: { readonly bill: BillDetail }) {
  const channel = bill.channels[0];
  const [face, setFace] = useState<Face>('chart');
  const last = dayText(dayNumber(bill.cycleTo) - 1);
  const shown = channel !== undefined && bill.determinants[0]?.source !== 'registers';
  const query = useQuery({ ...dailyQuery(channel ?? 0, last, bill.cycleFrom), enabled: shown });
  if (!shown) return null;
  const unit = bill.unit ?? '';
  return (
    <Panel
      title="Usage by day"
      note={`${unitText(unit)}, as it is known now`}
      actions={<FaceSwitch label="Usage by day" face={face} onChange={setFace} />}
    >
      <Ready query={query} what="usage by day">
        {({ days }) => {
          const own = days.filter(({ count, expected }) => count > 0 || expected > 0);
          if (own.every(({ count }) => count === 0))
            return <p className="muted">No day of this period has readings.</p>;
          if (face === 'table') return <DayTable days={own} unit={unit} />;
          return (
            <>
              <Bars
                title="Usage by day"
                parts={parts}
                bars={own.map((day) => barOf(day, unit))}
                height={140}
                formatTick={(value) => formatValue(value)}
                rest={restWords(own, unit)}
              />
              <Legend parts={parts} />
            </>
          );
        }}
      </Ready>
    </Panel>
  );
}

function barOf({ day, total, count, expected, estimated }: DailyItem, unit: string) {
  const kind = count < expected ? 2 : estimated > 0 ? 1 : 0;
  const notes = [
    count < expected && `${formatCount(expected - count)} of ${formatCount(expected)} intervals missing`,
    estimated > 0 && `${formatCount(estimated)} estimated`,
  ].filter(Boolean);
  return {
    key: day,
    label: formatDay(day, 'short'),
    sentence: `${formatDay(day, 'long')}: ${[formatValue(total, unit), ...notes].join(', ')}.`,
    values: parts.map((_, i) => (i === kind ? Math.max(0, total) : 0)),
  };
}

function restWords(days: readonly DailyItem[], unit: string): string {
  const sum = days.reduce((total, day) => total + day.total, 0);
  const top = days.reduce((most, day) => (day.total > most.total ? day : most));
  return (
    `${formatValue(sum / days.length, unit)} a day; most on ` +
    `${formatDay(top.day, 'long')} with ${formatValue(top.total, unit)}.`
  );
}

function DayTable({ days, unit }: { readonly days: readonly DailyItem[]; readonly unit: string }) {
  const columns: readonly Column<DailyItem>[] = [
    { name: 'Day', cell: ({ day }) => formatDay(day, 'long') },
    { name: `Usage, ${unitText(unit)}`, num: true, cell: ({ total }) => formatValue(total) },
    { name: 'Intervals', num: true, cell: ({ count, expected }) => `${count} of ${expected}` },
    { name: 'Estimated', num: true, cell: ({ estimated }) => formatCount(estimated) },
  ];
  return (
    <DataTable
      label="Usage by day"
      columns={columns}
      rows={days}
      rowKey={({ day }) => day}
      maxHeight="24rem"
      empty={null}
    />
  );
}

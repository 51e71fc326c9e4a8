/**
 * What is behind a bill line: its amount in words, the lines it is worked out from, and its intervals: days,
 * then the intervals of a day, then a reading with the message it came in.
 */
import type { BillDetail, BillLineExplanation, BillLineItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCounted, formatDay, formatValue, unitText } from '../lib/format.ts';
import { daysOf, type LineDay, type LineReading, periodOf, trusts } from '../lib/line-readings.ts';
import { digitsOfAll, formatDecimal, formatMoney } from '../lib/money.ts';
import { useSiteClock } from '../site.tsx';
import { type BarPart, Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { Ready } from '../ui/states.tsx';
import { DayIntervals } from './day-intervals.tsx';
import { lineName } from './line-table.tsx';
import { periodColour } from './periods.tsx';
import { explainQuery } from './queries.ts';

export function LineExplanation({ bill, line }: { readonly bill: BillDetail; readonly line: BillLineItem }) {
  const query = useInfiniteQuery(explainQuery(bill.id, line.number));
  return (
    <section className="explanation" aria-label={`What is behind ${lineName(line)}`}>
      <Ready query={query} what="what is behind the line">
        {({ pages }) => (
          <>
            <Words explanation={pages[0]!} currency={bill.currency} />
            <Intervals
              readings={pages.flatMap(({ readings }) => readings)}
              sum={pages[0]!.sum}
              unit={pages[0]!.determinants?.gas ? 'm3' : line.unit}
              period={periodOf(pages[0]!.determinants, line.period)}
            />
            <MoreFoot query={query}>Show further intervals</MoreFoot>
          </>
        )}
      </Ready>
    </section>
  );
}

function Words(props: { readonly explanation: BillLineExplanation; readonly currency: string | null }) {
  const { words, of } = props.explanation;
  return (
    <>
      <ol className="explanation-words">
        {words.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ol>
      {of.length > 0 && (
        <ul className="plain-list">
          {of.map((line) => (
            <li key={line.number}>
              {lineName(line)}: {formatMoney(line.amount, props.currency)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The colour is that of the period in the calendar; the pattern says how far a reading is to be trusted. */
function partsOf(period: number | undefined): readonly BarPart[] {
  const colour = period === undefined ? '--total' : periodColour(period);
  return [
    { name: 'measured', colour },
    { name: 'estimated', colour, pattern: 'hatch' },
    { name: 'edited by a person', colour, pattern: 'outline' },
  ];
}

function Intervals(props: {
  readonly readings: readonly LineReading[];
  readonly sum: string;
  readonly unit: string;
  readonly period: number | undefined;
}) {
  const { readings } = props;
  const parts = partsOf(props.period);
  const { zone } = useSiteClock();
  const [face, setFace] = useState<Face>('chart');
  const [chosen, setChosen] = useState<string>();
  if (readings.length === 0) return <p className="muted">No reading stands behind this line.</p>;
  const unit = readings[0]!.unit;
  const days = daysOf(readings, zone);
  const day = days.length === 1 ? days[0] : days.find((one) => one.day === chosen);
  return (
    <>
      <div className="row">
        <h3 className="grow">
          {formatCounted(readings.length, 'interval')}, {formatDecimal(props.sum, props.unit || unit)} in all
        </h3>
        {days.length > 1 && <FaceSwitch label="Days of the line" face={face} onChange={setFace} />}
      </div>
      {days.length > 1 && face === 'chart' && (
        <>
          <Bars
            title="Days of the line; Enter opens a day"
            parts={parts}
            bars={days.map((one) => barOf(one, unit))}
            height={130}
            formatTick={(value) => formatValue(value)}
            rest="Choose a day to see its intervals."
            onOpen={setChosen}
          />
          <Legend parts={parts} />
        </>
      )}
      {days.length > 1 && face === 'table' && (
        <DataTable
          label="Days of the line"
          columns={dayColumns(unit, digitsOfAll(days.map(({ sum }) => sum)), setChosen)}
          rows={days}
          rowKey={(one) => one.day}
          isCurrent={(one) => one === day}
          maxHeight="20rem"
          empty={null}
        />
      )}
      {day && <DayIntervals key={day.day} day={day} />}
    </>
  );
}

function barOf({ day, sum, sums, readings, changed }: LineDay, unit: string) {
  const notes = [
    formatDecimal(sum, unit),
    formatCounted(readings.length, 'interval'),
    ...trusts.filter((trust) => trust !== 'measured' && sums[trust] > 0).map((trust) => `some ${trust}`),
    changed > 0 && `${formatCounted(changed, 'interval')} changed since`,
  ].filter(Boolean);
  return {
    key: day,
    label: formatDay(day, 'short'),
    sentence: `${formatDay(day, 'long')}: ${notes.join(', ')}.`,
    values: trusts.map((trust) => Math.max(0, sums[trust])),
  };
}

const dayColumns = (
  unit: string,
  digits: number,
  onOpen: (day: string) => void,
): readonly Column<LineDay>[] => [
  {
    name: 'Day',
    cell: ({ day }) => (
      <button type="button" className="link-button" onClick={() => onOpen(day)}>
        {formatDay(day, 'long')}
      </button>
    ),
  },
  { name: `Sum, ${unitText(unit)}`, num: true, cell: ({ sum }) => formatDecimal(sum, '', digits) },
  { name: 'Intervals', num: true, cell: ({ readings }) => readings.length },
  { name: 'Changed since', num: true, cell: ({ changed }) => changed || '–' },
];

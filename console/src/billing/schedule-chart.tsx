/**
 * The calendar of a schedule: months down, hours across, a picture for each sort of day that differs. The
 * table says the same in words, with months and days of the same hours together.
 */
import type { ScheduleView } from '@openami/server/contract';
import { useId, useRef, useState } from 'react';
import {
  clockOf,
  daysAlike,
  dayWords,
  linesOf,
  monthName,
  monthWords,
  type Run,
  type ScheduleLine,
} from '../lib/schedule.ts';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { rem } from '../ui/rem.ts';
import { useSize } from '../ui/use-size.ts';
import { PeriodLegend, PeriodPatterns, periodFill, periodLetter } from './periods.tsx';

export function Schedules({ schedules }: { readonly schedules: readonly ScheduleView[] }) {
  if (schedules.length === 0) {
    return <p className="muted">Its prices are the same at every hour: there is no calendar.</p>;
  }
  return schedules.map((schedule) => (
    <ScheduleCalendar key={`${schedule.version} ${schedule.schedule}`} schedule={schedule} />
  ));
}

function ScheduleCalendar({ schedule }: { readonly schedule: ScheduleView }) {
  const [face, setFace] = useState<Face>('chart');
  return (
    <section className="schedule" aria-label={`Calendar ${schedule.schedule}`}>
      <div className="row">
        <h3 className="grow">{schedule.schedule}</h3>
        <FaceSwitch label={schedule.schedule} face={face} chart="Calendar" onChange={setFace} />
      </div>
      {face === 'table' ? (
        <DataTable
          label={`Periods of ${schedule.schedule}`}
          columns={columnsOf(schedule.periods)}
          rows={linesOf(schedule)}
          rowKey={(_, place) => place}
          empty={<p className="muted">It has no hours.</p>}
        />
      ) : (
        <>
          <PeriodLegend periods={schedule.periods} />
          <div className="schedule-days">
            {daysAlike(schedule).map(({ days, months }) => (
              <Year
                key={days.join()}
                name={days.map((sort) => dayWords[sort]).join(', ')}
                months={months}
                periods={schedule.periods}
              />
            ))}
          </div>
        </>
      )}
    </section>
  );
}

const columnsOf = (periods: readonly string[]): readonly Column<ScheduleLine>[] => [
  { name: 'Months', cell: ({ months }) => monthWords(months) },
  { name: 'Days', cell: ({ days }) => days.map((sort) => dayWords[sort]).join(', ') },
  {
    name: 'Hours',
    cell: ({ runs }) => (
      <ul className="plain-list">
        {runs.map(({ from, to, period }) => (
          <li key={from}>
            <span className="nowrap">
              {clockOf(from)}–{clockOf(to)}
            </span>{' '}
            {periods[period]}
          </li>
        ))}
      </ul>
    ),
  },
];

const hourMarks = [0, 6, 12, 18, 24];
/** Half hours that a letter needs. */
const letterRoom = 3;

function Year(props: {
  readonly name: string;
  readonly months: readonly (readonly Run[])[];
  readonly periods: readonly string[];
}) {
  const { months, periods } = props;
  const box = useRef<HTMLElement>(null);
  const id = useId();
  const { width } = useSize(box);
  const [said, setSaid] = useState('');
  const [left, top, row] = [rem(28), rem(16), rem(15)];
  const step = Math.max(0, width - left - 1) / 48;
  return (
    <figure ref={box} onPointerLeave={() => setSaid('')}>
      <figcaption>
        <strong>{props.name}</strong> <span className="muted small">{said}</span>
      </figcaption>
      {width > 0 && (
        <svg className="year" width={width} height={top + months.length * row + 1} aria-hidden="true">
          <PeriodPatterns id={id} count={periods.length} />
          {hourMarks.map((hour) => (
            <text
              key={hour}
              className="axis"
              x={left + hour * 2 * step}
              y={top - 5}
              textAnchor={hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle'}
            >
              {hour}
            </text>
          ))}
          {months.map((runs, month) => (
            <g key={monthName(month + 1)}>
              <text className="axis" x={0} y={top + month * row + row * 0.75}>
                {monthName(month + 1).slice(0, 3)}
              </text>
              {runs.map(({ from, to, period }) => (
                <g
                  key={from}
                  onPointerEnter={() =>
                    setSaid(`${monthName(month + 1)}, ${clockOf(from)} to ${clockOf(to)}: ${periods[period]}`)
                  }
                >
                  <rect
                    className="run"
                    x={left + from * step}
                    y={top + month * row}
                    width={(to - from) * step}
                    height={row}
                    fill={periodFill(id, period)}
                  />
                  {to - from >= letterRoom && (month === 0 || differs(runs, months[month - 1]!)) && (
                    <text
                      className="period-letter"
                      x={left + ((from + to) / 2) * step}
                      y={top + month * row + row * 0.78}
                      textAnchor="middle"
                    >
                      {periodLetter(period)}
                    </text>
                  )}
                </g>
              ))}
            </g>
          ))}
        </svg>
      )}
    </figure>
  );
}

/** Letters stand where the hours change, not in every month. */
function differs(runs: readonly Run[], before: readonly Run[]): boolean {
  const text = (list: readonly Run[]) => list.map(({ from, period }) => `${from} ${period}`).join();
  return text(runs) !== text(before);
}

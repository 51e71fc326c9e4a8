/** The evidence of a case: what speaks for and against the bill, use by day, and what was found around it. */
import type { DisputeDetail, DisputeEvidence } from '@openami/server/contract';
import { type ReactNode, useState } from 'react';
import { DeltaPanel } from '../billing/delta-panel.tsx';
import { LineTable } from '../billing/line-table.tsx';
import { verdictWords } from '../lib/dispute-words.ts';
import { formatCount, formatDay, formatValue, formatWord, unitText } from '../lib/format.ts';
import { formatDecimal, formatMoney } from '../lib/money.ts';
import { Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge, ShapeMark } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import type { Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

type Finding = DisputeEvidence['findings'][number];

const verdictTones: Readonly<Record<Finding['verdict'], Tone>> = {
  supports: 'good',
  against: 'bad',
  neutral: 'neutral',
};

export function FindingsPanel({ evidence }: { readonly evidence: DisputeEvidence }) {
  return (
    <Panel
      flush
      title="What the evidence says"
      note={`for the bill ${evidence.supports}, against it ${evidence.against}`}
    >
      <p className="pad">
        <strong>{evidence.words}</strong>{' '}
        <span className="muted small">
          Gathered <Time at={evidence.gatheredAt} />, and kept as it was.
        </span>
      </p>
      <DataTable
        label="Findings"
        columns={findingColumns}
        rows={evidence.findings}
        rowKey={(_, place) => place}
        empty={null}
      />
    </Panel>
  );
}

const findingColumns: readonly Column<Finding>[] = [
  {
    name: 'What',
    cell: ({ title, words }) => (
      <>
        <strong>{title}</strong>
        <div className="small">{words}</div>
      </>
    ),
  },
  {
    name: 'Verdict',
    oneLine: true,
    cell: ({ verdict }) => <Badge tone={verdictTones[verdict]}>{verdictWords[verdict]}</Badge>,
  },
  { name: 'Weight', oneLine: true, cell: ({ weight }) => <Weight weight={weight} /> },
];

/** As many squares as it weighs, and the number for who does not see them. */
function Weight({ weight }: { readonly weight: number }) {
  if (weight === 0) return <span className="muted">none</span>;
  return (
    <span className="nowrap">
      {Array.from({ length: weight }, (_, place) => (
        <ShapeMark key={place} shape="square" colour="--text-2" />
      ))}{' '}
      {weight}
    </span>
  );
}

const parts = [
  { name: 'measured', colour: '--total' },
  { name: 'partly estimated', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'partly edited', colour: '--q-missing', pattern: 'outline' },
] as const;

type Day = DisputeEvidence['days'][number];

export function DaysPanel({ evidence }: { readonly evidence: DisputeEvidence }) {
  const [face, setFace] = useState<Face>('chart');
  const { days, unit } = evidence;
  if (days.length === 0) return null;
  const most = days.reduce((top, day) => (day.usage > top.usage ? day : top));
  const sum = days.reduce((all, { usage }) => all + usage, 0);
  return (
    <Panel
      title="Use by day"
      note={`${unitText(unit)}, as it was billed`}
      actions={<FaceSwitch label="Use by day" face={face} onChange={setFace} />}
    >
      {face === 'chart' ? (
        <>
          <Bars
            title="Use by day"
            parts={parts}
            bars={days.map((day) => barOf(day, unit))}
            height={150}
            formatTick={(value) => formatValue(value)}
            rest={
              `${formatValue(sum / days.length, unit)} a day; most on ` +
              `${formatDay(most.day, 'long')} with ${formatValue(most.usage, unit)}.`
            }
          />
          <Legend parts={parts} />
        </>
      ) : (
        <DataTable
          label="Use by day"
          columns={[
            { name: 'Day', cell: ({ day }) => formatDay(day, 'long') },
            { name: `Use, ${unitText(unit)}`, num: true, cell: ({ usage }) => formatValue(usage) },
            {
              name: 'A year ago',
              num: true,
              cell: ({ yearAgo }) => (yearAgo === null ? '–' : formatValue(yearAgo)),
            },
            { name: 'Intervals', num: true, cell: ({ intervals }) => formatCount(intervals) },
            { name: 'Estimated', num: true, cell: ({ estimated }) => formatCount(estimated) },
            { name: 'Edited', num: true, cell: ({ edited }) => formatCount(edited) },
          ]}
          rows={days}
          rowKey={({ day }) => day}
          maxHeight="24rem"
          empty={null}
        />
      )}
    </Panel>
  );
}

function barOf({ day, usage, estimated, edited, yearAgo }: Day, unit: string) {
  const kind = edited > 0 ? 2 : estimated > 0 ? 1 : 0;
  const notes = [
    estimated > 0 && `${formatCount(estimated)} estimated`,
    edited > 0 && `${formatCount(edited)} edited`,
    yearAgo !== null && `${formatValue(yearAgo, unit)} a year ago`,
  ].filter(Boolean);
  return {
    key: day,
    label: formatDay(day, 'short'),
    sentence: `${formatDay(day, 'long')}: ${[formatValue(usage, unit), ...notes].join(', ')}.`,
    values: parts.map((_, i) => (i === kind ? Math.max(0, usage) : 0)),
  };
}

/** Lists that open; those that are empty say so in one line. */
export function AroundPanels({ dispute }: { readonly dispute: DisputeDetail }) {
  const { evidence: of } = dispute;
  return (
    <>
      {of.bill?.comparison && <DeltaPanel title="Against the bill before" delta={of.bill.comparison} />}
      <Panel title="What was found around it">
        <div className="stack" style={{ gap: '0.5rem' }}>
          <Lines dispute={dispute} />
          <Rows name="Registers against intervals" rows={of.registers} columns={registerColumns(of.unit)} />
          <Rows name="Edits by people" rows={of.edits} columns={editColumns(of.unit)} />
          <Rows name="Findings of validation" rows={of.exceptions} columns={exceptionColumns} />
          <Rows name="Meters that were there" rows={of.installations} columns={installationColumns} />
          <Rows name="Events of the meter" rows={of.events} columns={eventColumns} />
          <Rows name="Messages behind the largest lines" rows={of.frames} columns={frameColumns} />
          <Rows
            name="Other bills"
            rows={[of.lastPeriod, of.lastYear].filter((bill) => bill !== null)}
            columns={billColumns(of.unit, dispute.currency)}
          />
        </div>
      </Panel>
    </>
  );
}

function Lines({ dispute }: { readonly dispute: DisputeDetail }) {
  const { bill } = dispute.evidence;
  if (bill === null) return <p className="muted">It is of usage that is not billed.</p>;
  return (
    <Section name="Lines of the bill as they were" count={bill.lines.length}>
      <LineTable label="Lines of the disputed bill" lines={bill.lines} currency={dispute.currency} />
    </Section>
  );
}

function Section(props: { readonly name: string; readonly count: number; readonly children: ReactNode }) {
  return (
    <details>
      <summary>
        {props.name} <span className="muted">({formatCount(props.count)})</span>
      </summary>
      {props.children}
    </details>
  );
}

function Rows<T>(props: {
  readonly name: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
}) {
  const { name, rows, columns } = props;
  if (rows.length === 0) return <p className="muted small">{name}: none</p>;
  return (
    <Section name={name} count={rows.length}>
      <DataTable label={name} columns={columns} rows={rows} rowKey={(_, place) => place} empty={null} />
    </Section>
  );
}

const registerColumns = (unit: string): readonly Column<DisputeEvidence['registers'][number]>[] => [
  { name: 'Meter', cell: ({ serial }) => serial },
  { name: 'From', cell: ({ from }) => <Time at={from} /> },
  { name: 'To', cell: ({ to }) => <Time at={to} /> },
  { name: 'Register moved', num: true, cell: ({ register }) => formatDecimal(register, unit) },
  { name: 'Intervals add up to', num: true, cell: ({ intervals }) => formatDecimal(intervals, unit) },
];

const editColumns = (unit: string): readonly Column<DisputeEvidence['edits'][number]>[] => [
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'By', cell: ({ by, action }) => `${by}, ${formatWord(action).toLowerCase()}` },
  {
    name: 'Readings',
    cell: ({ from, to }) => (
      <>
        <Time at={from} /> to <Time at={to} />
      </>
    ),
  },
  { name: 'Why', cell: ({ reason }) => reason },
  { name: 'Change', num: true, cell: ({ change }) => formatDecimal(change, unit) },
];

const exceptionColumns: readonly Column<DisputeEvidence['exceptions'][number]>[] = [
  { name: 'Day', cell: ({ day }) => formatDay(day, 'long') },
  { name: 'Rule', cell: ({ rule }) => rule },
  { name: 'Severity', cell: ({ severity }) => formatWord(severity) },
  { name: 'State', cell: ({ state }) => formatWord(state) },
  { name: 'Note', cell: ({ note }) => note },
];

const installationColumns: readonly Column<DisputeEvidence['installations'][number]>[] = [
  { name: 'Meter', cell: ({ serial }) => serial },
  { name: 'Role', cell: ({ role }) => role },
  { name: 'From', cell: ({ from }) => <Time at={from} show="date" /> },
  { name: 'Until', cell: ({ until }) => (until === null ? 'it is there' : <Time at={until} show="date" />) },
];

const eventColumns: readonly Column<DisputeEvidence['events'][number]>[] = [
  { name: 'When', cell: ({ at }) => <Time at={at} seconds /> },
  { name: 'Meter', cell: ({ serial }) => serial },
  { name: 'What', cell: ({ words }) => words },
];

const frameColumns: readonly Column<DisputeEvidence['frames'][number]>[] = [
  { name: 'Line', cell: ({ line }) => line },
  { name: 'Interval ends', cell: ({ end }) => <Time at={end} /> },
  { name: 'Value', num: true, cell: ({ value }) => formatDecimal(value) },
  { name: 'Quality', cell: ({ quality }) => formatWord(quality) },
  {
    name: 'Messages',
    cell: ({ frames }) =>
      frames.length === 0
        ? 'none is kept'
        : frames.map(({ receivedAt, source }) => (
            <div key={receivedAt}>
              {source}, <Time at={receivedAt} seconds />
            </div>
          )),
  },
];

type Other = NonNullable<DisputeEvidence['lastPeriod']>;

const billColumns = (unit: string, currency: string): readonly Column<Other>[] => [
  { name: 'Bill', cell: ({ id }) => String(id) },
  { name: 'From', cell: ({ from }) => <Time at={from} show="date" /> },
  { name: 'Days', num: true, cell: ({ days }) => formatCount(days) },
  { name: 'Use', num: true, cell: ({ usage }) => formatDecimal(usage, unit) },
  { name: 'Total', num: true, cell: ({ total }) => formatMoney(total, currency) },
];

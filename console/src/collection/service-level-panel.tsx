/**
 * Read success by day and plan as a heat map, which is a table: each cell says its share and, by a mark and a
 * word, how its levels stand. Below it the levels that are at risk or breached.
 */
import type { ServiceLevelItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { formatCount, formatDay, formatShare } from '../lib/format.ts';
import { heatOf, type LevelState, shadeOf, troubledLevels, worstOf } from '../lib/service-level.ts';
import { serviceLevelQuery } from '../queries.ts';
import { Segmented } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';

const looks: Readonly<
  Record<LevelState, { readonly tone: Tone; readonly word: string; readonly mark: string }>
> = {
  met: { tone: 'good', word: 'Met', mark: '✓' },
  onCourse: { tone: 'accent', word: 'On course', mark: '…' },
  atRisk: { tone: 'warn', word: 'At risk', mark: '!' },
  breached: { tone: 'bad', word: 'Breached', mark: '✕' },
};

export function ServiceLevelPanel() {
  const [days, setDays] = useState('7');
  const [chosen, setChosen] = useState<string>();
  const query = useQuery(serviceLevelQuery(Number(days)));
  return (
    <>
      <Panel
        flush
        title="Read success by day and plan"
        note="share of what was expected; open a cell for its levels"
        actions={
          <Segmented
            label="Days shown"
            value={days}
            onChange={setDays}
            options={[
              { value: '7', label: '7 d' },
              { value: '14', label: '14 d' },
              { value: '31', label: '31 d' },
            ]}
          />
        }
      >
        <Ready query={query} what="the service level">
          {(items) =>
            items.length === 0 ? (
              <Empty icon="collection" title="No plan has read anything yet">
                The first day appears once meters have endpoints and a reading plan selects them.
              </Empty>
            ) : (
              <>
                <HeatMap items={items} chosen={chosen} onChoose={setChosen} />
                <Chosen item={items.find((item) => keyOf(item) === chosen)} />
              </>
            )
          }
        </Ready>
      </Panel>
      <Ready query={query} what="deadlines">
        {(items) => <Troubled items={items} />}
      </Ready>
    </>
  );
}

const keyOf = ({ day, plan }: ServiceLevelItem) => `${day} ${plan}`;

function HeatMap(props: {
  readonly items: readonly ServiceLevelItem[];
  readonly chosen: string | undefined;
  readonly onChoose: (key: string | undefined) => void;
}) {
  const { days, rows } = heatOf(props.items);
  return (
    <ScrollBox label="Read success by day and plan">
      <table className="table heat">
        <thead>
          <tr>
            <th scope="col">Plan</th>
            {days.map((day) => (
              <th key={day} scope="col">
                {formatDay(day, 'short')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.plan}>
              <th scope="row">{row.plan}</th>
              {row.cells.map((item, i) => (
                <td key={days[i]}>
                  {item && (
                    <HeatCell
                      item={item}
                      open={props.chosen === keyOf(item)}
                      onOpen={() => props.onChoose(props.chosen === keyOf(item) ? undefined : keyOf(item))}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function HeatCell(props: {
  readonly item: ServiceLevelItem;
  readonly open: boolean;
  readonly onOpen: () => void;
}) {
  const { item } = props;
  const worst = worstOf(item);
  const look = worst && looks[worst];
  const share = item.expected === 0 ? '–' : formatShare(item.present / item.expected);
  return (
    <button
      type="button"
      className="heat-cell"
      data-shade={shadeOf(item)}
      aria-expanded={props.open}
      aria-label={`${item.plan}, ${formatDay(item.day, 'short')}: ${share} read, ${look?.word ?? 'no level'}`}
      onClick={props.onOpen}
    >
      {share} <span aria-hidden="true">{look?.mark}</span>
    </button>
  );
}

function Chosen({ item }: { readonly item: ServiceLevelItem | undefined }) {
  if (!item) return null;
  return (
    <div className="heat-detail" role="status">
      <h3>
        {item.plan}, {formatDay(item.day, 'long')}
      </h3>
      <p>
        {formatCount(item.present)} of {formatCount(item.expected)} expected are present,{' '}
        {formatCount(item.expected - item.present)} are missing.
      </p>
      <LevelTable label="Levels of this day" rows={item.levels.map((level) => ({ ...item, level }))} />
    </div>
  );
}

function Troubled({ items }: { readonly items: readonly ServiceLevelItem[] }) {
  const rows = troubledLevels(items);
  const atRisk = rows.filter(({ level }) => level.state === 'atRisk').length;
  return (
    <Panel
      flush
      title="Deadlines at risk"
      note={
        rows.length > 0 && `${formatCount(atRisk)} at risk, ${formatCount(rows.length - atRisk)} breached`
      }
    >
      <LevelTable
        named
        label="Deadlines at risk and breached"
        rows={rows}
        empty={<Empty icon="check" title="No deadline is at risk, and none was breached in these days" />}
      />
    </Panel>
  );
}

interface LevelRow {
  readonly day: string;
  readonly plan: string;
  readonly level: ServiceLevelItem['levels'][number];
}

const nameColumns: readonly Column<LevelRow>[] = [
  { name: 'Plan', cell: ({ plan }) => plan },
  { name: 'Day', cell: ({ day }) => formatDay(day, 'short') },
];

const levelColumns: readonly Column<LevelRow>[] = [
  {
    name: 'State',
    cell: ({ level }) => <Badge tone={looks[level.state].tone}>{looks[level.state].word}</Badge>,
  },
  {
    name: 'Wanted',
    cell: ({ level }) => (
      <>
        {formatShare(level.share)} <span className="muted">({formatCount(level.needed)})</span>
      </>
    ),
  },
  {
    name: 'Deadline',
    cell: ({ level }) => (
      <>
        <Time at={level.deadline} />{' '}
        <span className="muted small">
          <Ago at={level.deadline} />
        </span>
      </>
    ),
  },
  { name: 'In time', num: true, cell: ({ level }) => formatCount(level.inTime) },
  { name: 'Still to come', num: true, cell: ({ level }) => formatCount(level.toCome) },
  { name: 'Too late or lost', num: true, cell: ({ level }) => formatCount(level.lost) },
];

function LevelTable(props: {
  readonly label: string;
  /** Say day and plan of each. */
  readonly named?: boolean;
  readonly rows: readonly LevelRow[];
  readonly empty?: ReactNode;
}) {
  return (
    <DataTable
      label={props.label}
      columns={props.named ? [...nameColumns, ...levelColumns] : levelColumns}
      rows={props.rows}
      rowKey={({ plan, day, level }) => `${plan} ${day} ${level.deadline} ${level.share}`}
      empty={props.empty}
    />
  );
}

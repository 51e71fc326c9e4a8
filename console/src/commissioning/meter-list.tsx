/** Meters on their way into use: where each stands, since when, what is missing and what to do about it. */
import type { CommissioningItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount, formatCounted } from '../lib/format.ts';
import { toggled } from '../lib/toggled.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { meterColumn } from '../ui/meter-column.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { DecideDialog, type Deciding, decisionWords } from './decide-dialog.tsx';
import { type CommissioningSearch, metersQuery } from './queries.ts';
import { stateLooks } from './states.ts';

const columns: readonly Column<CommissioningItem>[] = [
  meterColumn(),
  {
    name: 'State',
    cell: ({ state, late, decision }) => (
      <>
        <Badge tone={stateLooks[state].tone}>{stateLooks[state].word}</Badge>{' '}
        {late && state !== 'failed' && <Badge tone="warn">waits too long</Badge>}
        {decision && (
          <div className="muted small">
            {decision.by}: {decision.reason}
          </div>
        )}
      </>
    ),
  },
  { name: 'Since', cell: ({ since }) => <Time at={since} /> },
  {
    name: 'Place',
    cell: ({ usagePoint, address }) => (
      <>
        {usagePoint ?? <span className="muted">none</span>}
        {address && <div className="muted small">{address}</div>}
      </>
    ),
  },
  { name: 'What is missing', cell: ({ findings }) => <Findings findings={findings} /> },
];

function Findings({ findings }: Pick<CommissioningItem, 'findings'>) {
  if (findings.length === 0) return <span className="muted">nothing</span>;
  return (
    <ul className="findings">
      {findings.map(({ code, title, detail, hint }) => (
        <li key={code}>
          <strong>{title}</strong> {detail && <span className="muted">({detail})</span>}
          <div className="muted small">{hint}</div>
        </li>
      ))}
    </ul>
  );
}

export function MeterList({ search }: { readonly search: CommissioningSearch }) {
  const query = useInfiniteQuery(metersQuery(search));
  const may = useMay('meters:write');
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [deciding, setDeciding] = useState<Deciding>();
  return (
    <>
      <Paged query={query} what="the meters">
        {(rows) => {
          const chosen = rows.filter(({ meterId }) => picked.has(meterId));
          return (
            <>
              {may && rows.length > 0 && (
                <SelectionBar rows={rows} chosen={chosen} onChoose={setPicked} onDecide={setDeciding} />
              )}
              <DataTable
                label="Meters on their way into use"
                columns={may ? [chooser(picked, setPicked), ...columns] : columns}
                rows={rows}
                rowKey={({ meterId }) => meterId}
                isCurrent={({ meterId }) => picked.has(meterId)}
                empty={
                  <Empty icon="meters" title="No meter is here">
                    Meters appear when they are registered: by a list, an import, or because they are heard.
                  </Empty>
                }
              />
            </>
          );
        }}
      </Paged>
      {deciding && (
        <DecideDialog
          deciding={deciding}
          onDone={() => setPicked(new Set())}
          onClose={() => setDeciding(undefined)}
        />
      )}
    </>
  );
}

function chooser(
  picked: ReadonlySet<number>,
  setPicked: (picked: ReadonlySet<number>) => void,
): Column<CommissioningItem> {
  return {
    ...{ name: 'Select', quiet: true },
    cell: ({ meterId, serial }) => (
      <input
        type="checkbox"
        aria-label={`Select ${serial}`}
        checked={picked.has(meterId)}
        onChange={() => setPicked(toggled(picked, meterId))}
      />
    ),
  };
}

function SelectionBar(props: {
  readonly rows: readonly CommissioningItem[];
  readonly chosen: readonly CommissioningItem[];
  readonly onChoose: (picked: ReadonlySet<number>) => void;
  readonly onDecide: (deciding: Deciding) => void;
}) {
  const { rows, chosen } = props;
  const all = chosen.length === rows.length;
  return (
    <div className="selection-bar">
      <Button
        look="quiet"
        onClick={() => props.onChoose(new Set(all ? [] : rows.map(({ meterId }) => meterId)))}
      >
        {all ? 'Select none' : `Select all ${formatCount(rows.length)}`}
      </Button>
      <span role="status" className="muted">
        {chosen.length > 0 && `${formatCounted(chosen.length, 'meter')} selected`}
      </span>
      {(['retry', 'commission', 'give-up', 'decommission'] as const).map((decision) => (
        <Button
          key={decision}
          disabled={chosen.length === 0 || chosen.length > 1_000}
          onClick={() => props.onDecide({ decision, meters: chosen })}
        >
          {decisionWords[decision].button} …
        </Button>
      ))}
    </div>
  );
}

/** Keys of the fleet: kind, state, suite and age, what is overdue, rotations, imports. Never a key. */
import type { KeyAgeList, KeyImportItem, KeySummaryItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { formatCompact, formatCount, formatCounted } from '../lib/format.ts';
import { keyKindName } from '../lib/key-words.ts';
import { keyImportsQuery, keySummaryQuery, overdueKeysQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { meterColumn } from '../ui/meter-column.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { KeyImportDialog } from './key-import-dialog.tsx';
import { KeyState, RejectTable, When } from './key-parts.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { FleetRotations } from './rotations-panel.tsx';

export function KeysPage() {
  useTitle('Keys');
  const may = useMay('keys:read');
  const mayWrite = useMay('keys:write');
  const [open, setOpen] = useState<'import' | 'rotate'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <PageHead
        title="Keys"
        note="State and age of the keys of meters; a key itself is never shown"
        actions={
          mayWrite && (
            <>
              <Button onClick={() => setOpen('rotate')}>Rotate a group …</Button>
              <Button look="primary" icon="imports" onClick={() => setOpen('import')}>
                Import a key file
              </Button>
            </>
          )
        }
      />
      {may ? (
        <div className="stack" style={{ gap: '0.75rem' }}>
          <Overdue />
          <FleetRotations />
          <Summary />
          <Imports />
        </div>
      ) : (
        <Notice title="Keys are for operators and administrators to see">
          <p>Ask one of them about the keys of a meter.</p>
        </Notice>
      )}
      {open === 'import' && <KeyImportDialog onClose={close} />}
      {open === 'rotate' && <RotateDialog onClose={close} />}
    </>
  );
}

const overdueColumns: readonly Column<KeyAgeList['items'][number]>[] = [
  meterColumn('keys'),
  { name: 'Model', cell: ({ manufacturer, model }) => [manufacturer, model].filter(Boolean).join(' ') },
  { name: 'Suite', num: true, cell: ({ suite }) => suite },
  { name: 'In use since', cell: ({ oldestAt }) => <When at={oldestAt} /> },
  { name: 'Counter', num: true, cell: ({ counter }) => formatCompact(counter) },
  {
    name: 'Rotation',
    cell: ({ isRotating }) =>
      isRotating ? <Badge tone="accent">Under way</Badge> : <span className="muted">none</span>,
  },
];

function Overdue() {
  const query = useQuery(overdueKeysQuery);
  return (
    <Panel flush title="Overdue" note="older than the policy allows, or half of their counters used">
      <Ready query={query} what="overdue keys">
        {({ items, total, maxAgeDays }) =>
          total === 0 ? (
            <p className="muted pad">No key is older than {formatCounted(maxAgeDays, 'day')}.</p>
          ) : (
            <>
              <p className="pad">
                {formatCounted(total, 'meter')} with keys older than {formatCounted(maxAgeDays, 'day')}
                {total > items.length && `; the first ${formatCount(items.length)} are shown`}.
              </p>
              <DataTable
                label="Meters with overdue keys"
                columns={overdueColumns}
                rows={items}
                rowKey={({ meterId }) => meterId}
                maxHeight="20rem"
                empty={null}
              />
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

const summaryColumns: readonly Column<KeySummaryItem>[] = [
  { name: 'Key', cell: ({ kind }) => keyKindName(kind) },
  { name: 'State', cell: ({ state }) => <KeyState state={state} /> },
  { name: 'Suite', num: true, cell: ({ suite }) => suite },
  { name: 'Meters', num: true, cell: ({ count }) => formatCount(count) },
  { name: 'Oldest made', cell: ({ oldestAt }) => <When at={oldestAt} /> },
];

function Summary() {
  const query = useQuery(keySummaryQuery);
  return (
    <Panel flush title="Fleet" note="the keys of one meter are on its page">
      <Ready query={query} what="keys">
        {(rows) => (
          <DataTable
            label="Keys by kind and state"
            columns={summaryColumns}
            rows={rows}
            rowKey={({ kind, state, suite }) => `${kind} ${state} ${suite}`}
            empty={
              <Empty icon="key" title="No key is here yet">
                An administrator imports the file that came with the meters.
              </Empty>
            }
          />
        )}
      </Ready>
    </Panel>
  );
}

function Imports() {
  const query = useQuery(keyImportsQuery);
  const nameOf = usePeople();
  const [shown, setShown] = useState<number>();
  const columns: readonly Column<KeyImportItem>[] = [
    { name: 'File', cell: (one) => <FileName of={one} /> },
    { name: 'By', cell: ({ importedBy, importedByName }) => nameOf(importedBy, importedByName) },
    { name: 'When', cell: ({ importedAt }) => <When at={importedAt} /> },
    { name: 'Added', num: true, cell: ({ added }) => formatCount(added) },
    { name: 'Staged', num: true, cell: ({ staged }) => formatCount(staged) },
    { name: 'Titles', num: true, cell: ({ titles }) => formatCount(titles) },
    {
      name: 'Refused',
      cell: ({ id, rejected }) =>
        rejected === 0 ? (
          <span className="muted">none</span>
        ) : (
          <Button onClick={() => setShown(shown === id ? undefined : id)}>
            {formatCounted(rejected, 'row')} {shown === id ? '▴' : '▾'}
          </Button>
        ),
    },
  ];
  return (
    <Panel flush title="Key files" note="what imports came to; the files are not kept">
      <Ready query={query} what="imports">
        {(imports) => (
          <>
            <DataTable
              label="Imports of key files"
              columns={columns}
              rows={imports}
              rowKey={({ id }) => id}
              empty={<p className="muted pad">No key file was imported yet.</p>}
            />
            <RejectTable rejects={imports.find(({ id }) => id === shown)?.rejects ?? []} />
          </>
        )}
      </Ready>
    </Panel>
  );
}

function FileName({ of: { name, error } }: { readonly of: KeyImportItem }) {
  return (
    <>
      {name || <span className="muted">no name</span>}
      {error && (
        <div className="small">
          broke off: <code>{error.code}</code> {error.detail}
        </div>
      )}
    </>
  );
}

/** Keys of the fleet: kind, state, suite and age, what is overdue, rotations, imports. Never a key. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { formatCompact, formatCount, formatCounted } from '../lib/format.ts';
import { keyKindName } from '../lib/key-words.ts';
import { keyImportsQuery, keySummaryQuery, overdueKeysQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { KeyImportDialog } from './key-import-dialog.tsx';
import { KeyState, KeyTable, MeterLink, RejectTable, When } from './key-parts.tsx';
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
              <KeyTable
                label="Meters with overdue keys"
                head={['Meter', 'Model', '#Suite', 'In use since', '#Counter', 'Rotation']}
                maxHeight="20rem"
              >
                {items.map((one) => (
                  <tr key={one.meterId}>
                    <td>
                      <MeterLink id={one.meterId} serial={one.serial} />
                    </td>
                    <td>{[one.manufacturer, one.model].filter(Boolean).join(' ')}</td>
                    <td className="num">{one.suite}</td>
                    <td>
                      <When at={one.oldestAt} />
                    </td>
                    <td className="num">{formatCompact(one.counter)}</td>
                    <td>
                      {one.isRotating ? (
                        <Badge tone="accent">Under way</Badge>
                      ) : (
                        <span className="muted">none</span>
                      )}
                    </td>
                  </tr>
                ))}
              </KeyTable>
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

function Summary() {
  const query = useQuery(keySummaryQuery);
  return (
    <Panel flush title="Fleet" note="the keys of one meter are on its page">
      <Ready query={query} what="keys">
        {(rows) =>
          rows.length === 0 ? (
            <Empty icon="key" title="No key is here yet">
              An administrator imports the file that came with the meters.
            </Empty>
          ) : (
            <KeyTable
              label="Keys by kind and state"
              head={['Key', 'State', '#Suite', '#Meters', 'Oldest made']}
            >
              {rows.map((row) => (
                <tr key={`${row.kind} ${row.state} ${row.suite}`}>
                  <td>{keyKindName(row.kind)}</td>
                  <td>
                    <KeyState state={row.state} />
                  </td>
                  <td className="num">{row.suite}</td>
                  <td className="num">{formatCount(row.count)}</td>
                  <td>
                    <When at={row.oldestAt} />
                  </td>
                </tr>
              ))}
            </KeyTable>
          )
        }
      </Ready>
    </Panel>
  );
}

function Imports() {
  const query = useQuery(keyImportsQuery);
  const nameOf = usePeople();
  const [shown, setShown] = useState<number>();
  return (
    <Panel flush title="Key files" note="what imports came to; the files are not kept">
      <Ready query={query} what="imports">
        {(imports) =>
          imports.length === 0 ? (
            <p className="muted pad">No key file was imported yet.</p>
          ) : (
            <>
              <KeyTable
                label="Imports of key files"
                head={['File', 'By', 'When', '#Added', '#Staged', '#Titles', 'Refused']}
              >
                {imports.map((one) => (
                  <tr key={one.id}>
                    <td>
                      {one.name || <span className="muted">no name</span>}
                      {one.error && (
                        <div className="small">
                          broke off: <code>{one.error.code}</code> {one.error.detail}
                        </div>
                      )}
                    </td>
                    <td>{nameOf(one.importedBy, one.importedByName)}</td>
                    <td>
                      <When at={one.importedAt} />
                    </td>
                    <td className="num">{formatCount(one.added)}</td>
                    <td className="num">{formatCount(one.staged)}</td>
                    <td className="num">{formatCount(one.titles)}</td>
                    <td>
                      {one.rejected === 0 ? (
                        <span className="muted">none</span>
                      ) : (
                        <Button onClick={() => setShown(shown === one.id ? undefined : one.id)}>
                          {formatCounted(one.rejected, 'row')} {shown === one.id ? '▴' : '▾'}
                        </Button>
                      )}
                    </td>
                  </tr>
                ))}
              </KeyTable>
              {shown !== undefined && (
                <RejectTable rejects={imports.find(({ id }) => id === shown)?.rejects ?? []} />
              )}
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

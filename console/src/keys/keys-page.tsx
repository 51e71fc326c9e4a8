/** Keys of the fleet: how many of each kind and state, how old; import of a key file. Never a key. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatCount, formatWord } from '../lib/format.ts';
import { keyKindName, keyStateTones } from '../lib/key-words.ts';
import { keySummaryQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { KeyImportDialog } from './key-import-dialog.tsx';

export function KeysPage() {
  useTitle('Keys');
  const may = useMay('keys:read');
  const mayWrite = useMay('keys:write');
  const [importing, setImporting] = useState(false);
  return (
    <>
      <PageHead
        title="Keys"
        note="State and age of the keys of meters; a key itself is never shown"
        actions={
          mayWrite && (
            <Button look="primary" icon="imports" onClick={() => setImporting(true)}>
              Import a key file
            </Button>
          )
        }
      />
      {may ? (
        <Summary />
      ) : (
        <Notice title="Keys are for operators and administrators to see">
          <p>Ask one of them about the keys of a meter.</p>
        </Notice>
      )}
      {importing && <KeyImportDialog onClose={() => setImporting(false)} />}
    </>
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
            <ScrollBox label="Keys by kind and state">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Key</th>
                    <th scope="col">State</th>
                    <th scope="col" className="num">
                      Meters
                    </th>
                    <th scope="col">Oldest</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={`${row.kind} ${row.state}`}>
                      <td>{keyKindName(row.kind)}</td>
                      <td>
                        <Badge tone={keyStateTones[row.state]}>{formatWord(row.state)}</Badge>
                      </td>
                      <td className="num">{formatCount(row.count)}</td>
                      <td>
                        <Time at={row.oldestAt} />{' '}
                        <span className="muted small">
                          <Ago at={row.oldestAt} />
                        </span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollBox>
          )
        }
      </Ready>
    </Panel>
  );
}

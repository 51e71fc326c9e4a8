/** All bills: filtered by account, state, tariff and run, and as files. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { apiUrl, type Params } from '../api.ts';
import { formatCounted, formatWord } from '../lib/format.ts';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Popover } from '../ui/popover.tsx';
import { Empty, Notice } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { BillTable } from './bill-table.tsx';
import { changedBillsQuery } from './queries.ts';
import { billStates } from './words.tsx';

const route = getRouteApi('/bills');

export function BillsPage() {
  useTitle('Bills');
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { state } = search;
  const isMark = state === 'affected' || state === 'changed';
  const filter = {
    ...{ account: search.account, tariff: search.tariff, run: search.run },
    ...(isMark ? { [state]: true } : { state }),
  };
  const change = (next: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const filtered = Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <PageHead title="Bills" note="The newest first" actions={<BillFiles filter={filter} />} />
      {state !== 'changed' && <ChangedBills />}
      <Panel flush title={search.run ? `Bills of run ${search.run}` : 'Bills'}>
        <div className="filters">
          <TextFilter label="Account" value={search.account} onChange={(account) => change({ account })} />
          <TextFilter label="Tariff" value={search.tariff} onChange={(tariff) => change({ tariff })} />
          <select
            className="input"
            aria-label="State"
            value={search.state ?? ''}
            onChange={(e) => change({ state: e.target.value || undefined })}
          >
            <option value="">Every state</option>
            <option value="affected">To be made anew</option>
            <option value="changed">Readings changed</option>
            {billStates.map((state) => (
              <option key={state} value={state}>
                {formatWord(state)}
              </option>
            ))}
          </select>
          {search.run && <Button onClick={() => change({ run: undefined })}>Of every run</Button>}
        </div>
        <BillTable
          label="Bills"
          filter={filter}
          columns={['Period', 'Customer', 'Tariff', 'State', 'Usage', 'Total', 'Change', 'Estimated']}
          empty={
            <Empty icon="bill" title={filtered ? 'No bill is like this' : 'There is no bill yet'}>
              {filtered ? 'Take a filter away.' : 'Bills are made by a bill run.'}
            </Empty>
          }
        />
      </Panel>
    </>
  );
}

/** How many issued bills have other readings now. */
export function ChangedBills() {
  const { data } = useQuery(changedBillsQuery);
  if (!data?.total) return null;
  const made = data.total === 1 ? 'it was made' : 'they were made';
  return (
    <div style={{ marginBottom: '0.75rem' }}>
      <Notice
        tone="warn"
        title={`Readings of ${formatCounted(data.total, 'issued bill')} changed after ${made}`}
      >
        <p>
          A reading came late, was edited or estimated.{' '}
          <Link to="/bills" search={{ state: 'changed' }}>
            Look at them
          </Link>{' '}
          and make anew what is to be.
        </p>
      </Notice>
    </div>
  );
}

const files = [
  ['csv', 'bills.csv', 'CSV, a row a line'],
  ['jsonl', 'bills.jsonl', 'JSON Lines, a bill a line'],
  ['determinants.csv', 'determinants.csv', 'CSV of determinants'],
] as const;

/** Links to files of every bill that matches, however many those are. */
export function BillFiles({ filter }: { readonly filter: Params }) {
  return (
    <Popover label="Download" icon="download" side="right">
      {(close) => (
        <ul className="plain-list">
          {files.map(([format, name, words]) => (
            <li key={format}>
              <a
                className="button"
                href={apiUrl('/api/v1/bills', { ...filter, format })}
                download={name}
                onClick={close}
              >
                <Icon name="file" />
                {words}
              </a>
            </li>
          ))}
          {filter.run !== undefined && (
            <li>
              <a
                className="button"
                href={apiUrl(`/api/v1/bill-runs/${filter.run}/documents.zip`, { format: 'pdf' })}
                download={`bill-run-${filter.run}.zip`}
                onClick={close}
              >
                <Icon name="file" />
                PDF of each bill, in a ZIP file
              </a>
            </li>
          )}
        </ul>
      )}
    </Popover>
  );
}

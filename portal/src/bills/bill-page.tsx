/** One bill: why it is another than the one before, and what each of its lines is for. */
import { Panel } from '@openami/console/ui/panel.tsx';
import { Notice, Ready } from '@openami/console/ui/states.tsx';
import type { BillDetail, BillLineItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { dataNotes, lineTitle, lineWords, rebillWords } from '../lib/bill-line.ts';
import * as format from '../lib/format.ts';
import { dateOf } from '../lib/usage-view.ts';
import { billQuery, lineQuery } from '../queries.ts';
import { usePoint } from '../shell/point.tsx';
import { useTitle } from '../shell/shell.tsx';
import { WhyPanel } from './why-panel.tsx';

const route = getRouteApi('/bills/$billId');

export function BillPage() {
  const { billId } = route.useParams();
  const query = useQuery(billQuery(Number(billId)));
  useTitle(query.data ? `Bill of ${format.span(query.data.cycleFrom, query.data.cycleTo)}` : 'Bill');
  return (
    <div className="stack">
      <p>
        <Link to="/bills">All bills</Link>
      </p>
      <Ready query={query} what="the bill">
        {(bill) => (
          <>
            <Head bill={bill} />
            <DataNotes bill={bill} />
            <WhyPanel bill={bill.id} />
            <Panel title="Line by line" flush>
              <ul className="bill-lines">
                {bill.lines.map((line) => (
                  <Line key={line.number} bill={bill} line={line} />
                ))}
                <li className="bill-sum">
                  <span className="grow">Total</span>
                  <span>{format.money(bill.total, bill.currency)}</span>
                </li>
                <Entries bill={bill} />
              </ul>
            </Panel>
          </>
        )}
      </Ready>
    </div>
  );
}

function Head({ bill }: { readonly bill: BillDetail }) {
  const document = (kind: 'html' | 'pdf') => `/api/v1/my/bills/${bill.id}/document?format=${kind}`;
  const due = dueOf(bill);
  const { my, point } = usePoint();
  const { zone } = my.points.find(({ usagePoint }) => usagePoint === bill.usagePoint) ?? point;
  return (
    <>
      <header className="bill-head">
        <h1>{format.span(bill.cycleFrom, bill.cycleTo)}</h1>
        <p className="bill-total">{format.money(bill.total, bill.currency)}</p>
        <p className="muted">
          {format.quantity(bill.usage, bill.unit ?? '')} used
          {bill.issuedAt && `, issued on ${format.day(dateOf({ start: bill.issuedAt }, zone), 'full')}`}
        </p>
        {bill.entries.length > 0 && (
          <p className="muted">
            {due.name}, with what else is of your account: {due.size}
          </p>
        )}
        <p className="bill-documents">
          <a className="button" href={document('html')} target="_blank" rel="noreferrer">
            The bill to read and print
          </a>
          <a className="button" href={document('pdf')}>
            As a PDF
          </a>
        </p>
      </header>
      {bill.kind === 'rebill' && (
        <Notice title="This bill corrects an earlier one">
          {bill.replaced ? (
            <ul className="plain-list">
              {rebillWords(bill.replaced, bill.currency).map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          ) : (
            <p>{bill.reason}</p>
          )}
        </Notice>
      )}
    </>
  );
}

/** What there is to pay, without a sign. */
function dueOf({ due, currency }: BillDetail): { readonly name: string; readonly size: string } {
  const name = Number(due) < 0 ? 'In your favour' : 'To pay';
  return { name, size: format.money(due?.replace('-', ''), currency) };
}

/** What is of the account: below the total, with what is to be paid after it. */
function Entries({ bill }: { readonly bill: BillDetail }) {
  const { entries, currency } = bill;
  const due = dueOf(bill);
  if (entries.length === 0) return null;
  return (
    <>
      {entries.map(({ words, amount }, i) => (
        <li key={`${i} ${words}`} className="tariff">
          <span className="grow">{words}</span>
          <span className="card-value">{format.money(amount, currency, { signed: true })}</span>
        </li>
      ))}
      <li className="bill-sum">
        <span className="grow">{due.name}</span>
        <span>{due.size}</span>
      </li>
    </>
  );
}

function DataNotes({ bill }: { readonly bill: BillDetail }) {
  const notes = dataNotes(bill);
  if (notes.length === 0) return null;
  return (
    <Notice title="Not everything was measured in time">
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <p>When the readings come, the bill can be corrected.</p>
    </Notice>
  );
}

function Line({ bill, line }: { readonly bill: BillDetail; readonly line: BillLineItem }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button type="button" className="bill-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="grow">
          <span className="card-title">{lineTitle(line)}</span>
          <span className="muted">{lineWords(line, bill.currency)}</span>
        </span>
        <span className="card-value">{format.money(line.amount, bill.currency)}</span>
      </button>
      {open && <Explanation bill={bill.id} line={line.number} currency={bill.currency} />}
    </li>
  );
}

function Explanation(props: {
  readonly bill: number;
  readonly line: number;
  readonly currency: string | null;
}) {
  const { bill, line, currency } = props;
  const query = useQuery(lineQuery(bill, line));
  return (
    <div className="bill-explanation">
      <Ready query={query} what="the explanation">
        {({ words }) => (
          <ul className="plain-list">
            {words.map((each) => (
              <li key={each}>{format.sentence(each, currency)}</li>
            ))}
          </ul>
        )}
      </Ready>
    </div>
  );
}

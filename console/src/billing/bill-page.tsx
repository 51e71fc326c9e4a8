/** One bill: its total, its lines with what is behind them, its use, and why it differs from others. */
import { shareText } from '@openami/model';
import type { BillDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { OpenDialog } from '../disputes/open-dialog.tsx';
import { cycleWords, isReleasable, problemWords } from '../lib/bill-words.ts';
import { formatCounted, formatWord } from '../lib/format.ts';
import { formatMoney, subtractDecimal } from '../lib/money.ts';
import { idOf } from '../lib/search-params.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { BillAside } from './bill-aside.tsx';
import { CancelBillDialog, RebillDialog, ReleaseDialog } from './bill-dialogs.tsx';
import { formatUsage } from './bill-table.tsx';
import { DeltaPanel } from './delta-panel.tsx';
import { LineExplanation } from './line-explanation.tsx';
import { LineTable } from './line-table.tsx';
import { OpenExceptions } from './open-exceptions.tsx';
import { billQuery } from './queries.ts';
import { UsagePanel } from './usage-panel.tsx';
import { BillLink, BillState, Change, Holds } from './words.tsx';

const route = getRouteApi('/bills/$billId');

export function BillPage() {
  const id = idOf(route.useParams().billId);
  const query = useQuery({ ...billQuery(id), enabled: id > 0 });
  useTitle(`Bill ${id || ''}`);
  return (
    <ItemPage good={id > 0} icon="bill" thing="a bill" query={query} list={<Link to="/bills">the list</Link>}>
      {(bill) => <Bill key={bill.id} bill={bill} />}
    </ItemPage>
  );
}

function Bill({ bill }: { readonly bill: BillDetail }) {
  const { currency } = bill;
  return (
    <div className="bill">
      <Breadcrumb here={bill.id}>
        <Link to="/bills">Bills</Link>
        <Link to="/bills" search={{ account: bill.account }}>
          {bill.account}
        </Link>
      </Breadcrumb>
      <PageHead
        title={`Bill ${bill.id}, ${cycleWords(bill.cycleFrom, bill.cycleTo)}`}
        marks={
          <>
            <BillState state={bill.state} />
            {bill.kind !== 'bill' && <Badge>{formatWord(bill.kind)}</Badge>}
          </>
        }
        note={`${bill.customer}, account ${bill.account}`}
        actions={<Actions bill={bill} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          <Standing bill={bill} />
          {bill.replaced && (
            <DeltaPanel title={`Why it differs from bill ${bill.replaces}`} delta={bill.replaced} />
          )}
          <Panel flush title="Lines" note="in the order of the bill; open one to see what is behind it">
            <LineTable
              label="Lines of the bill"
              lines={bill.lines}
              currency={currency ?? ''}
              explain={(line) => <LineExplanation bill={bill} line={line} />}
            />
            <p className="bill-sum">
              <span>Total</span>
              <strong>{formatMoney(bill.total, currency)}</strong>
            </p>
            <Entries bill={bill} />
          </Panel>
          {bill.earned.length > 0 && (
            <Panel flush title="Credits for later bills" note="not part of this total">
              <LineTable label="Credits for later bills" lines={bill.earned} currency={currency ?? ''} />
            </Panel>
          )}
          <UsagePanel bill={bill} />
          {bill.comparison && <DeltaPanel title="Against the bill before" delta={bill.comparison} />}
        </div>
        <BillAside bill={bill} />
      </div>
    </div>
  );
}

function Actions({ bill }: { readonly bill: BillDetail }) {
  const [asked, setAsked] = useState<'release' | 'rebill' | 'cancel' | 'dispute'>();
  const mayWrite = useMay('billing:write');
  const mayApprove = useMay('billing:approve');
  const close = () => setAsked(undefined);
  const final = bill.state === 'issued' && bill.kind !== 'reversal';
  return (
    <>
      {bill.total !== null && <DocumentLinks id={bill.id} />}
      <Button icon="file" onClick={() => window.print()}>
        Print
      </Button>
      {final && mayWrite && <Button onClick={() => setAsked('dispute')}>Dispute …</Button>}
      {final && mayApprove && (
        <Button look="danger" onClick={() => setAsked('cancel')}>
          Take back …
        </Button>
      )}
      {final && mayWrite && <Button onClick={() => setAsked('rebill')}>Make it anew …</Button>}
      {isReleasable(bill) && mayWrite && (
        <Button look="primary" onClick={() => setAsked('release')}>
          Release …
        </Button>
      )}
      {asked === 'release' && <ReleaseDialog bill={bill} onClose={close} />}
      {asked === 'rebill' && <RebillDialog bill={bill} onClose={close} />}
      {asked === 'dispute' && <OpenDialog bill={bill} onClose={close} />}
      {asked === 'cancel' && <CancelBillDialog bill={bill} onClose={close} />}
    </>
  );
}

/** The bill as the customer gets it. */
function DocumentLinks({ id }: { readonly id: number }) {
  const path = `/api/v1/bills/${id}/document`;
  return (
    <>
      <a className="button" href={path} target="_blank" rel="noreferrer">
        <Icon name="bill" />
        View
      </a>
      <a className="button" href={`${path}?format=pdf`} target="_blank" rel="noreferrer">
        <Icon name="file" />
        PDF
      </a>
    </>
  );
}

/** Total, use and share estimated in large, and all that stands in the bill's way. */
function Standing({ bill }: { readonly bill: BillDetail }) {
  const { total, before, currency } = bill;
  return (
    <>
      {bill.state === 'held' && (
        <Notice tone="warn" title="It is held back for a person">
          <Holds holds={bill.holds} />
        </Notice>
      )}
      {bill.replacedBy !== null && (
        <Notice title="There is a newer bill of this period">
          <p>
            <BillLink id={bill.replacedBy} /> stands in its place and says what changed.
          </p>
        </Notice>
      )}
      {bill.affectedBy !== null && bill.state === 'issued' && (
        <Notice tone="warn" title="The bill it started from has changed">
          <p>
            It would be another, or leave something else, if it began with what{' '}
            <BillLink id={bill.affectedBy} /> or the one in its place leaves. Make such bills anew in the
            order of their periods: <AffectedLink account={bill.account} />.
          </p>
        </Notice>
      )}
      <OpenExceptions bill={bill} />
      <ChangedReadings bill={bill} />
      {bill.replaces !== null && (
        <p>
          {bill.kind === 'reversal' ? 'It takes back' : 'It stands in place of'}{' '}
          <BillLink id={bill.replaces} />
          {bill.reason && `: “${bill.reason}”`}
        </p>
      )}
      <Released released={bill.released} />
      <dl className="counts bill-figures">
        <div>
          <dt>Total</dt>
          <dd className="bill-total">{formatMoney(total, currency)}</dd>
        </div>
        <div>
          <dt>Against the period before</dt>
          <dd>
            {total !== null && before !== null ? (
              <>
                {formatMoney(subtractDecimal(total, before), currency, true)}{' '}
                <span className="muted small">
                  <Change bill={bill} />
                </span>
              </>
            ) : (
              'no bill before'
            )}
          </dd>
        </div>
        <div>
          <dt>Usage</dt>
          <dd>{formatUsage(bill.usage, bill.unit)}</dd>
        </div>
        <div>
          <dt>Estimated</dt>
          <dd>{bill.estimatedShare === 0 ? 'nothing' : shareText(bill.estimatedShare)}</dd>
        </div>
      </dl>
      {bill.problems.length > 0 && (
        <Notice tone="neutral" title="What to know of its readings">
          <ul className="plain-list">
            {problemWords(bill.problems).map((words) => (
              <li key={words}>{words}</li>
            ))}
          </ul>
        </Notice>
      )}
      {bill.credits && <Credits credits={bill.credits} currency={currency} />}
    </>
  );
}

/** Its readings are others now: with the button that makes it anew. */
function ChangedReadings({ bill }: { readonly bill: BillDetail }) {
  const [asked, setAsked] = useState(false);
  const mayWrite = useMay('billing:write');
  if (bill.changedReadings === 0) return null;
  return (
    <Notice
      tone="warn"
      title={`${formatCounted(bill.changedReadings, 'reading')} changed after this bill was made`}
    >
      <p>
        A reading came late, was edited or estimated: the bill is of other values than are known now. Open a
        line, then a day, to see which.
      </p>
      {mayWrite && (
        <div className="row">
          <Button onClick={() => setAsked(true)}>Make this bill anew …</Button>
        </div>
      )}
      {asked && <RebillDialog bill={bill} onClose={() => setAsked(false)} />}
    </Notice>
  );
}

function Released({ released }: Pick<BillDetail, 'released'>) {
  const nameOf = usePeople();
  if (released === null) return null;
  const { by, byName, at, reason } = released;
  return (
    <p className="muted">
      It was held, and released{by && ` by ${nameOf(by, byName)}`}
      {at && (
        <>
          , <Time at={at} />
        </>
      )}
      : “{reason}”
    </p>
  );
}

/** What stands on it of the account: below the total, which is of the tariff alone. */
function Entries({ bill: { entries, due, currency } }: { readonly bill: BillDetail }) {
  if (entries.length === 0) return null;
  return (
    <>
      {entries.map(({ words, amount }, i) => (
        <p className="bill-sum" key={`${i} ${words}`}>
          <span className="muted">{words}</span>
          <span>{formatMoney(amount, currency, true)}</span>
        </p>
      ))}
      <p className="bill-sum">
        <span>To pay</span>
        <strong>{formatMoney(due, currency)}</strong>
      </p>
    </>
  );
}

function AffectedLink({ account }: { readonly account: string }) {
  return (
    <Link to="/bills" search={{ account, state: 'affected' }}>
      those of the account
    </Link>
  );
}

function Credits(props: {
  readonly credits: NonNullable<BillDetail['credits']>;
  readonly currency: string | null;
}) {
  const { earned, applied, trueUp, left } = props.credits;
  const money = (amount: string) => formatMoney(amount, props.currency);
  const parts = [
    `${money(earned)} earned`,
    `${money(applied)} set off`,
    `${money(trueUp)} at true-up`,
    `${money(left)} left`,
  ];
  return <p className="small">Credits: {parts.join(', ')}.</p>;
}

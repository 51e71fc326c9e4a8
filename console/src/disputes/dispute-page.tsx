/** One dispute: what the customer says, the evidence, what was done, and the buttons that move it. */
import type { DisputeDetail } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { EntryDecision } from '../billing/entry-decision.tsx';
import { BillLink } from '../billing/words.tsx';
import { usePeople } from '../commands/words.tsx';
import { outcomeWords, reasonWords } from '../lib/dispute-words.ts';
import { formatWord } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { idOf } from '../lib/search-params.ts';
import { useLiveRefresh } from '../live.ts';
import { useTitle } from '../shell/shell.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { Badge } from '../ui/marks.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { CaseActions } from './case-actions.tsx';
import { AroundPanels, DaysPanel, FindingsPanel } from './evidence-panels.tsx';
import { disputeKeys, disputeQuery } from './queries.ts';
import { DisputeState, Due } from './words.tsx';

const route = getRouteApi('/disputes/$disputeId');

export function DisputePage() {
  const id = idOf(route.useParams().disputeId);
  const query = useQuery({ ...disputeQuery(id), enabled: id > 0 });
  useLiveRefresh(['dispute', 'bill-run'], disputeKeys);
  useTitle(`Dispute ${id || ''}`);
  return (
    <ItemPage
      good={id > 0}
      icon="bill"
      thing="a dispute"
      query={query}
      list={<Link to="/disputes">the list</Link>}
    >
      {(dispute) => <Case dispute={dispute} />}
    </ItemPage>
  );
}

function Case({ dispute }: { readonly dispute: DisputeDetail }) {
  const { id, reason, words, answer, outcome, state, account, customer } = dispute;
  return (
    <>
      <Breadcrumb here={id}>
        <Link to="/disputes">Disputes</Link>
      </Breadcrumb>
      <PageHead
        title={`Dispute ${id}: ${reasonWords[reason].toLowerCase()}`}
        marks={<DisputeState dispute={dispute} />}
        note={`${customer}, account ${account}`}
        actions={<CaseActions dispute={dispute} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          <Notice title="What the customer says">
            <p>“{words}”</p>
          </Notice>
          {answer && (
            <Notice tone="good" title={outcome ? outcomeWords[outcome] : 'Answer'}>
              <p>{answer}</p>
            </Notice>
          )}
          <FindingsPanel evidence={dispute.evidence} />
          <DaysPanel evidence={dispute.evidence} />
          <AroundPanels dispute={dispute} />
        </div>
        <aside className="meter-aside" aria-label="About this case">
          <CaseFacts dispute={dispute} />
          {dispute.credits.length > 0 && <Credits dispute={dispute} />}
          <History dispute={dispute} />
          {state !== 'closed' && <p className="muted small">Keys: t takes it, a answers, n adds a note.</p>}
        </aside>
      </div>
    </>
  );
}

function CaseFacts({ dispute }: { readonly dispute: DisputeDetail }) {
  const { bill, amount, currency, dunningHeld, rebillRun, assignedToName, via, openedByName } = dispute;
  const facts: readonly Fact[] = [
    ['Answer by', <Due key="due" dispute={dispute} />],
    ['Bill', bill === null ? 'usage that is not billed' : <BillLink key="bill" id={bill} />],
    ['In dispute', formatMoney(amount, currency)],
    ['Dunning', dunningHeld ? 'held while the case lasts' : 'goes on'],
    ['With', assignedToName || 'nobody'],
    ['Opened', [<Time key="at" at={dispute.openedAt} />, ` by ${openedByName || via}`]],
    ['Brought by', via === 'customer' ? 'the customer' : 'an operator'],
    ['Agreement', dispute.agreement],
    [
      'New bill',
      rebillRun !== null && (
        <Link key="run" to="/bill-runs/$runId" params={{ runId: String(rebillRun) }}>
          run {rebillRun}
        </Link>
      ),
    ],
    ['Answered', dispute.answeredAt && <Time at={dispute.answeredAt} />],
    ['Closed', dispute.closedAt && <Time at={dispute.closedAt} />],
  ];
  return (
    <Panel title="About it">
      <Facts facts={facts} />
    </Panel>
  );
}

function Credits({ dispute }: { readonly dispute: DisputeDetail }) {
  return (
    <Panel flush title="Credits">
      <DataTable
        label="Credits"
        columns={[
          {
            name: 'Credit',
            cell: (entry) => (
              <>
                <strong>{formatMoney(entry.amount, entry.currency)}</strong>{' '}
                <Badge tone={entry.state === 'pending' ? 'warn' : 'neutral'}>{formatWord(entry.state)}</Badge>
                <div className="muted small">{entry.words}</div>
                {entry.bill !== null && <BillLink id={entry.bill} />}
                {entry.state === 'pending' && <EntryDecision entry={entry} keys={disputeKeys} />}
              </>
            ),
          },
        ]}
        rows={dispute.credits}
        rowKey={({ id }) => id}
        empty={null}
      />
    </Panel>
  );
}

function History({ dispute }: { readonly dispute: DisputeDetail }) {
  const nameOf = usePeople();
  if (dispute.entries.length === 0) return null;
  return (
    <Panel title="What was done">
      <ol className="plain-list">
        {dispute.entries.map(({ id, at, by, byName, words }) => (
          <li key={id}>
            <div className="muted small">
              <Time at={at} />, {nameOf(by, byName)}
            </div>
            {words}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

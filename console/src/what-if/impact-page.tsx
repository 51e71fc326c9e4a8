/** What a tariff would do to the bills of many: how far it is, winners and losers, and who they are. */
import type { TariffImpactDetail, TariffImpactItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { send } from '../api.ts';
import { TariffLink } from '../billing/words.tsx';
import { usePeople } from '../commands/words.tsx';
import { formatCount, formatCounted, formatDay } from '../lib/format.ts';
import { formatMoney, formatRoundMoney } from '../lib/money.ts';
import { idOf } from '../lib/search-params.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { AtWork, Stopped } from '../ui/at-work.tsx';
import { Button } from '../ui/button.tsx';
import { Counts } from '../ui/counts.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { ImpactAgreements } from './impact-agreements.tsx';
import { ImpactHistogram } from './impact-histogram.tsx';
import { ImpactState, impactTitle } from './impacts-panel.tsx';
import { impactKeys, impactQuery, isMoving } from './queries.ts';

const route = getRouteApi('/tariff-impacts/$impactId');

export function ImpactPage() {
  const id = idOf(route.useParams().impactId);
  const query = useQuery({ ...impactQuery(id), enabled: id > 0 });
  useLiveRefresh(['tariff-impact'], impactKeys);
  useTitle(query.data ? `What if: ${impactTitle(query.data)}` : 'What if');
  return (
    <ItemPage
      good={id > 0}
      icon="tariff"
      thing="a tariff impact"
      query={query}
      list={
        <Link to="/tariffs" search={{ tab: 'what-if' }}>
          the list
        </Link>
      }
    >
      {(impact) => <Impact impact={impact} />}
    </ItemPage>
  );
}

function Impact({ impact }: { readonly impact: TariffImpactDetail }) {
  const nameOf = usePeople();
  const { error } = impact;
  return (
    <>
      <Breadcrumb here={impactTitle(impact)}>
        <Link to="/tariffs" search={{ tab: 'what-if' }}>
          What if
        </Link>
      </Breadcrumb>
      <PageHead
        title={`What if everybody had ${impactTitle(impact)}`}
        marks={<ImpactState state={impact.state} />}
        note={
          <>
            asked by {nameOf(impact.createdBy, impact.createdByName)}, <Time at={impact.createdAt} />
          </>
        }
        actions={<Actions impact={impact} />}
      />
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          {isMoving(impact) && <Progress impact={impact} />}
          {error && (
            <Stopped
              title="It stopped"
              error={error}
              kept="What is worked out stays: it goes on where it stopped."
            />
          )}
          <Sums impact={impact} />
          {impact.sums.rated > 0 && <ImpactHistogram impact={impact} />}
          {impact.classes.length > 1 && <Classes impact={impact} />}
          {impact.done > 0 && <ImpactAgreements impact={impact} />}
        </div>
        <aside className="meter-aside" aria-label="About it">
          <About impact={impact} />
        </aside>
      </div>
    </>
  );
}

function Actions({ impact }: { readonly impact: TariffImpactDetail }) {
  const may = useMay('billing:write');
  const move = (verb: 'cancel' | 'resume', what: string, say: string) => ({
    send: () => send<TariffImpactItem>('POST', `/api/v1/tariff-impacts/${impact.id}/${verb}`),
    keys: impactKeys,
    ...{ what, say },
  });
  const cancel = useSending(move('cancel', 'stop it', 'Stopped: what was found is kept'));
  const resume = useSending(move('resume', 'go on', 'It goes on'));
  if (!may) return null;
  if (isMoving(impact))
    return (
      <Button busy={cancel.isPending && 'Stopping …'} onClick={() => cancel.mutate()}>
        Stop it
      </Button>
    );
  if (impact.state === 'done') return null;
  return (
    <Button look="primary" busy={resume.isPending && 'Starting …'} onClick={() => resume.mutate()}>
      Go on
    </Button>
  );
}

function Progress({ impact }: { readonly impact: TariffImpactDetail }) {
  const words =
    impact.state === 'draft'
      ? 'Waits for its turn'
      : `${formatCount(impact.done)} of ${formatCounted(impact.agreements, 'agreement')}`;
  return <AtWork {...{ words, progress: impact.progress }} label="Progress" />;
}

function Sums({ impact: { sums, currency } }: { readonly impact: TariffImpactDetail }) {
  return (
    <Panel title="All together" note={`${formatCounted(sums.rated, 'agreement')} rated on both`}>
      <Counts
        counts={[
          ['Now', formatRoundMoney(sums.before, currency)],
          ['On this tariff', formatRoundMoney(sums.after, currency)],
          ['Difference', formatRoundMoney(sums.difference, currency, true)],
        ]}
      />
      <p className="muted small exact-sums">
        Exactly {formatMoney(sums.before, currency)} now and {formatMoney(sums.after, currency)} on this
        tariff: <span className="nowrap">{formatMoney(sums.difference, currency, true)}</span>.
      </p>
      <Counts
        counts={[
          ['Pay less', sums.winners],
          ['Pay more', sums.losers],
          ...(sums.unchanged > 0 ? [['The same', sums.unchanged] as const] : []),
          ['Not rated', sums.unrated],
        ]}
      />
    </Panel>
  );
}

type ClassSums = TariffImpactDetail['classes'][number];

function Classes({ impact }: { readonly impact: TariffImpactDetail }) {
  const money =
    (of: (row: ClassSums) => string, signed = false) =>
    (row: ClassSums) =>
      formatMoney(of(row), impact.currency, signed);
  const columns: readonly Column<ClassSums>[] = [
    { name: 'Service class', cell: ({ serviceClass }) => serviceClass || 'none' },
    { name: 'Rated', num: true, cell: ({ rated }) => formatCount(rated) },
    { name: 'Pay less', num: true, cell: ({ winners }) => formatCount(winners) },
    { name: 'Pay more', num: true, cell: ({ losers }) => formatCount(losers) },
    { name: 'Now', num: true, cell: money(({ before }) => before) },
    { name: 'On this tariff', num: true, cell: money(({ after }) => after) },
    { name: 'Difference', num: true, cell: money(({ difference }) => difference, true) },
  ];
  return (
    <Panel flush title="By service class">
      <DataTable
        label="By service class"
        columns={columns}
        rows={impact.classes}
        rowKey={({ serviceClass }) => serviceClass}
        empty={null}
      />
    </Panel>
  );
}

function About({ impact }: { readonly impact: TariffImpactDetail }) {
  const { filter } = impact;
  const facts: readonly Fact[] = [
    ['Tariff', impact.isStored ? <TariffLink code={impact.tariff} /> : impactTitle(impact)],
    ['Cycles that end', `after ${formatDay(impact.from, 'long')}, by ${formatDay(impact.to, 'long')}`],
    ['Who has', filter.tariff],
    ['Cycle', filter.cycle === '' ? 'the calendar month' : filter.cycle],
    ['Service class', filter.serviceClass],
    ['Note', impact.note],
    ['Finished', impact.finishedAt && <Time at={impact.finishedAt} />],
  ];
  return (
    <Panel title="About it">
      <Facts facts={facts} />
      <h3 className="part-head">What it stands on</h3>
      <ul className="plain-list small">
        {impact.assumptions.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </Panel>
  );
}

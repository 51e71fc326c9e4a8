/** Tariffs: what there is, who has which, and a new one being written. */
import type { AgreementTariffItem, TariffItem } from '@openami/server/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatCount, formatDay } from '../lib/format.ts';
import { firstTariff } from '../lib/tariff-text.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Breadcrumb } from '../ui/item-page.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { ImpactsPanel } from '../what-if/impacts-panel.tsx';
import { AssignDialog } from './assign-dialog.tsx';
import { AttributesPanel } from './attributes-panel.tsx';
import { EventsPanel } from './events-panel.tsx';
import { PricesPanel } from './prices-panel.tsx';
import { agreementTariffsQuery, tariffsQuery } from './queries.ts';
import { TariffEditor } from './tariff-editor.tsx';
import { AgreementLink, TariffLink, TariffOf } from './words.tsx';

const route = getRouteApi('/tariffs');

const tabs = [
  { id: 'tariffs', label: 'Tariffs', panel: <TariffsPanel /> },
  { id: 'agreements', label: 'Who has which', panel: <AgreementsPanel /> },
  { id: 'prices', label: 'Prices', panel: <PricesPanel /> },
  { id: 'events', label: 'Events', panel: <EventsPanel /> },
  { id: 'facts', label: 'Facts', panel: <AttributesPanel /> },
  { id: 'what-if', label: 'What if', panel: <ImpactsPanel /> },
];

export function TariffsPage() {
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay('billing:tariffs');
  if (tab === 'new' && may) return <NewTariff />;
  return (
    <TabbedPage
      title="Tariffs"
      note="What is charged, by version"
      actions={
        may && (
          <Button look="primary" icon="plus" onClick={() => void navigate({ search: { tab: 'new' } })}>
            Write a tariff
          </Button>
        )
      }
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    />
  );
}

function NewTariff() {
  const navigate = useNavigate();
  useTitle('New tariff');
  return (
    <>
      <Breadcrumb here="new">
        <Link to="/tariffs">Tariffs</Link>
      </Breadcrumb>
      <PageHead
        title="New tariff"
        note="Begun with an example: change it, or paste another, also a rate of OpenEI"
      />
      <TariffEditor
        start={firstTariff}
        onClose={() => void navigate({ to: '/tariffs' })}
        onSaved={(code) => void navigate({ to: '/tariffs/$code', params: { code } })}
      />
    </>
  );
}

function TariffsPanel() {
  const query = useQuery(tariffsQuery);
  return (
    <Panel flush title="Tariffs">
      <Ready query={query} what="tariffs">
        {(tariffs) => (
          <DataTable
            label="Tariffs"
            columns={tariffColumns}
            rows={tariffs}
            rowKey={({ code }) => code}
            empty={
              <Empty icon="tariff" title="There is no tariff yet">
                A tariff is a text: charges, and a calendar where prices change by the hour. Write the first
                one, or send it to the API.
              </Empty>
            }
          />
        )}
      </Ready>
    </Panel>
  );
}

const tariffColumns: readonly Column<TariffItem>[] = [
  { name: 'Tariff', sortBy: ({ code }) => code, cell: ({ code }) => <TariffLink code={code} /> },
  { name: 'Name', sortBy: ({ name }) => name, cell: ({ name }) => name },
  {
    name: 'Of',
    sortBy: ({ commodity }) => commodity,
    cell: (tariff) => <TariffOf tariff={tariff} />,
  },
  { name: 'Versions', num: true, cell: ({ versions }) => formatCount(versions) },
  {
    name: 'In force since',
    cell: ({ effectiveFrom }) => (effectiveFrom ? formatDay(effectiveFrom, 'long') : 'always'),
  },
  {
    ...{ name: 'Agreements', num: true },
    sortBy: ({ agreements }) => agreements,
    cell: ({ agreements }) => formatCount(agreements),
  },
];

function AgreementsPanel() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay('billing:write');
  const [giving, setGiving] = useState(false);
  const query = useInfiniteQuery(agreementTariffsQuery({ account: q }));
  return (
    <Panel
      flush
      title="Who has which"
      note="by agreement, with the dates it holds"
      actions={
        may && (
          <Button icon="plus" onClick={() => setGiving(true)}>
            Give a tariff
          </Button>
        )
      }
    >
      <div className="filters">
        <TextFilter
          label="Account"
          value={q}
          onChange={(next) => void navigate({ search: (old) => ({ ...old, q: next }), replace: true })}
        />
      </div>
      <Paged query={query} what="tariffs of agreements">
        {(rows) => (
          <DataTable
            label="Tariffs of agreements"
            columns={agreementColumns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="tariff" title={q ? `Account ${q} has no tariff` : 'No agreement has a tariff yet'}>
                Without one it is not billed: give it a tariff, from a date on.
              </Empty>
            }
          />
        )}
      </Paged>
      {giving && <AssignDialog onClose={() => setGiving(false)} />}
    </Panel>
  );
}

const agreementColumns: readonly Column<AgreementTariffItem>[] = [
  { name: 'Agreement', cell: ({ agreement }) => <AgreementLink code={agreement} /> },
  {
    name: 'Account',
    cell: ({ account }) => (
      <Link to="/bills" search={{ account }}>
        {account}
      </Link>
    ),
  },
  { name: 'Usage point', cell: ({ usagePoint }) => <code>{usagePoint}</code> },
  { name: 'Tariff', cell: ({ tariff }) => <TariffLink code={tariff} /> },
  { name: 'From', cell: ({ validFrom }) => formatDay(validFrom, 'long') },
  { name: 'Until', cell: ({ validUntil }) => (validUntil ? formatDay(validUntil, 'long') : 'no end') },
];

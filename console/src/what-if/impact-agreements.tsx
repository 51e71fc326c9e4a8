/** Who would pay most more or less, and who could not be rated. */
import type { ImpactAgreementItem, TariffImpactDetail } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { apiUrl } from '../api.ts';
import { AgreementLink, TariffLink } from '../billing/words.tsx';
import { formatCount } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { Segmented } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Icon } from '../ui/icon.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { impactAgreementsQuery, stampOf } from './queries.ts';

const route = getRouteApi('/tariff-impacts/$impactId');

const orders = [
  { value: 'losers', label: 'Pay more' },
  { value: 'winners', label: 'Pay less' },
  { value: 'unrated', label: 'Not rated' },
] as const;

export function ImpactAgreements({ impact }: { readonly impact: TariffImpactDetail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const order = orders.find(({ value }) => value === search.order)?.value ?? 'losers';
  const filter = { order, serviceClass: search.class };
  const query = useInfiniteQuery(impactAgreementsQuery(impact.id, filter, stampOf(impact)));
  const classes = impact.classes.map(({ serviceClass }) => serviceClass).filter(Boolean);
  const change = (next: Record<string, string | undefined>) =>
    void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <Panel
      flush
      title="Who they are"
      note="the most affected first"
      actions={
        <a
          className="button"
          href={apiUrl(`/api/v1/tariff-impacts/${impact.id}/agreements`, { format: 'csv' })}
          download={`tariff-impact-${impact.id}.csv`}
        >
          <Icon name="download" />
          CSV of all
        </a>
      }
    >
      <div className="filters">
        <Segmented
          label="Agreements that"
          value={order}
          onChange={(next) => change({ order: next })}
          options={orders}
        />
        {classes.length > 0 && (
          <select
            className="input"
            aria-label="Service class"
            value={search.class ?? ''}
            onChange={(e) => change({ class: e.target.value || undefined })}
          >
            <option value="">Every service class</option>
            {classes.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        )}
      </div>
      <Paged query={query} what="agreements">
        {(rows) => (
          <DataTable
            label="Agreements"
            columns={order === 'unrated' ? unratedColumns : columnsOf(impact)}
            rows={rows}
            rowKey={({ agreement }) => agreement}
            empty={<Empty icon="tariff" title="There is none" />}
          />
        )}
      </Paged>
    </Panel>
  );
}

function columnsOf({ id, currency, isStored }: TariffImpactDetail): readonly Column<ImpactAgreementItem>[] {
  return [
    {
      name: 'Agreement',
      cell: ({ agreement }) => <AgreementLink code={agreement} impact={isStored ? undefined : id} />,
    },
    {
      name: 'Customer',
      cell: ({ customer, account }) => (
        <>
          {customer} <span className="muted small">{account}</span>
        </>
      ),
    },
    { name: 'Has', cell: ({ tariff }) => <TariffLink code={tariff} /> },
    { name: 'Cycles', num: true, cell: ({ cycles }) => formatCount(cycles) },
    { name: 'Now', num: true, cell: ({ before }) => formatMoney(before, currency) },
    { name: 'On this', num: true, cell: ({ after }) => formatMoney(after, currency) },
    {
      ...{ name: 'Difference', num: true },
      cell: ({ difference, percent }) => (
        <>
          <strong>{formatMoney(difference, currency, true)}</strong>{' '}
          {percent !== null && (
            <span className="muted small">
              {percent.toLocaleString('en-GB', { signDisplay: 'exceptZero', maximumFractionDigits: 1 })} %
            </span>
          )}
        </>
      ),
    },
  ];
}

const unratedColumns: readonly Column<ImpactAgreementItem>[] = [
  { name: 'Agreement', cell: ({ agreement }) => <AgreementLink code={agreement} /> },
  { name: 'Customer', cell: ({ customer }) => customer },
  { name: 'Has', cell: ({ tariff }) => (tariff ? <TariffLink code={tariff} /> : 'none') },
  {
    name: 'Why',
    cell: ({ reason, message }) => (
      <>
        <code>{reason}</code> <span className="small">{message}</span>
      </>
    ),
  },
];

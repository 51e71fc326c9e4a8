/** Tariff impacts that are kept, and a new one. */
import type { TariffImpactItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { usePeople } from '../commands/words.tsx';
import { formatCount, formatDay, formatShare, formatWord } from '../lib/format.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, type Tone } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { ImpactDialog } from './impact-dialog.tsx';
import { impactKeys, impactsQuery } from './queries.ts';

const tones: Readonly<Record<TariffImpactItem['state'], Tone | undefined>> = {
  ...{ draft: undefined, calculating: 'accent', done: 'good', cancelled: undefined, failed: 'bad' },
};

export function ImpactState({ state }: Pick<TariffImpactItem, 'state'>) {
  return <Badge tone={tones[state]}>{state === 'draft' ? 'Waiting' : formatWord(state)}</Badge>;
}

/** `home-2027, a draft`. */
export function impactTitle({ tariff, isStored }: Pick<TariffImpactItem, 'tariff' | 'isStored'>): string {
  return isStored ? tariff : `${tariff}, a draft`;
}

export function ImpactsPanel() {
  useLiveRefresh(['tariff-impact'], impactKeys);
  const query = useInfiniteQuery(impactsQuery);
  const columns = useColumns();
  const may = useMay('billing:write');
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <Panel
      flush
      title="What if"
      note="what a tariff would do to the bills of many; the newest twenty are kept"
      actions={
        may && (
          <Button icon="plus" onClick={() => setAsking(true)}>
            Ask what a tariff would do
          </Button>
        )
      }
    >
      <Paged query={query} what="tariff impacts">
        {(impacts) => (
          <DataTable
            label="Tariff impacts"
            columns={columns}
            rows={impacts}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="tariff" title="Nobody asked yet what a tariff would do">
                A year of everybody's use is rated on a tariff, or on one that is only a draft, and set
                against what they pay now.
              </Empty>
            }
          />
        )}
      </Paged>
      {asking && (
        <ImpactDialog
          onClose={() => setAsking(false)}
          onStarted={(id) =>
            void navigate({ to: '/tariff-impacts/$impactId', params: { impactId: String(id) } })
          }
        />
      )}
    </Panel>
  );
}

function useColumns(): readonly Column<TariffImpactItem>[] {
  const nameOf = usePeople();
  return [
    {
      name: 'Tariff',
      cell: (impact) => (
        <Link to="/tariff-impacts/$impactId" params={{ impactId: String(impact.id) }}>
          {impactTitle(impact)}
        </Link>
      ),
    },
    {
      name: 'State',
      cell: ({ state, progress }) => (
        <>
          <ImpactState state={state} />{' '}
          {state === 'calculating' && <span className="muted small">{formatShare(progress)}</span>}
        </>
      ),
    },
    { name: 'Agreements', num: true, cell: ({ agreements }) => formatCount(agreements) },
    { name: 'Time', cell: ({ from, to }) => `${formatDay(from, 'long')} to before ${formatDay(to, 'long')}` },
    { name: 'Note', cell: ({ note }) => note },
    {
      name: 'Asked',
      cell: ({ createdAt, createdBy, createdByName }) => (
        <>
          <Time at={createdAt} /> <span className="muted small">by {nameOf(createdBy, createdByName)}</span>
        </>
      ),
    },
  ];
}

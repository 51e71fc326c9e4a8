/** Firmware campaigns: how each stands, the images there are, and new ones of both. */
import type { CampaignItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { reasonOf } from '../lib/command-words.ts';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { useLiveRefresh } from '../live.ts';
import { campaignsQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, type Tone } from '../ui/states.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { Time } from '../ui/time.tsx';
import { CampaignDialog } from './campaign-dialog.tsx';
import { ImagesPanel } from './images-panel.tsx';

const route = getRouteApi('/campaigns');

const tabs = [
  { id: 'campaigns', label: 'Campaigns', panel: <CampaignsPanel /> },
  { id: 'images', label: 'Images', panel: <ImagesPanel /> },
];

const tones: Readonly<Record<string, Tone>> = {
  running: 'accent',
  paused: 'warn',
  halted: 'bad',
  done: 'good',
};

export function CampaignState({ state }: { readonly state: string }) {
  return <Badge tone={tones[state]}>{formatWord(state)}</Badge>;
}

export function CampaignsPage() {
  useLiveRefresh(['campaign'], ['campaigns']);
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const go = useNavigate();
  const [planning, setPlanning] = useState(false);
  const may = useMay('commands:write');
  return (
    <TabbedPage
      title="Campaigns"
      note="New firmware in waves: few meters first, and a stop by itself when too many fail"
      actions={
        may && (
          <Button look="primary" icon="plus" onClick={() => setPlanning(true)}>
            Plan a campaign
          </Button>
        )
      }
      tabs={tabs}
      tab={tab}
      onTab={(id) => void navigate({ search: { tab: id }, replace: true })}
    >
      {planning && (
        <CampaignDialog
          onClose={() => setPlanning(false)}
          onDone={(id) => {
            setPlanning(false);
            void go({ to: '/campaigns/$campaignId', params: { campaignId: String(id) } });
          }}
        />
      )}
    </TabbedPage>
  );
}

function CampaignsPanel() {
  const query = useInfiniteQuery(campaignsQuery);
  return (
    <Panel flush title="Campaigns" note="the newest first">
      <Paged query={query} what="campaigns">
        {(campaigns) => (
          <DataTable
            label="Campaigns"
            columns={columns}
            rows={campaigns}
            rowKey={({ id }) => id}
            empty={
              <Empty icon="campaign" title="No campaign was planned yet">
                A campaign brings an image to many meters. Nothing is sent before it is started.
              </Empty>
            }
          />
        )}
      </Paged>
    </Panel>
  );
}

const columns: readonly Column<CampaignItem>[] = [
  {
    name: 'Campaign',
    cell: ({ id, name }) => (
      <Link to="/campaigns/$campaignId" params={{ campaignId: String(id) }}>
        {name}
      </Link>
    ),
  },
  {
    name: 'State',
    cell: ({ state, error }) => (
      <>
        <CampaignState state={state} /> <span className="muted small">{reasonOf(error)}</span>
      </>
    ),
  },
  {
    name: 'Wave',
    cell: ({ state, waves, wave }) => (state === 'draft' ? '–' : (waves[wave]?.name ?? '–')),
  },
  { name: 'Meters', num: true, cell: ({ meters }) => formatCount(meters) },
  {
    ...{ name: 'Confirmed', num: true },
    cell: ({ counts, meters }) => formatShare((counts.confirmed ?? 0) / meters),
  },
  { name: 'Failed', num: true, cell: ({ counts }) => formatCount(counts.failed ?? 0) },
  { name: 'Planned', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

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
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { Badge } from '../ui/marks.tsx';
import { MoreRows } from '../ui/more-rows.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Time } from '../ui/time.tsx';
import { CampaignDialog } from './campaign-dialog.tsx';
import { ImagesPanel } from './images-panel.tsx';

const route = getRouteApi('/campaigns');

const tabs = [
  { id: 'campaigns', label: 'Campaigns' },
  { id: 'images', label: 'Images' },
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
  useTitle('Campaigns');
  useLiveRefresh(['campaign'], ['campaigns']);
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const go = useNavigate();
  const [planning, setPlanning] = useState(false);
  const may = useMay('commands:write');
  const open = tabs.find(({ id }) => id === tab)?.id ?? 'campaigns';
  return (
    <>
      <PageHead
        title="Campaigns"
        note="New firmware in waves: few meters first, and a stop by itself when too many fail"
        actions={
          may && (
            <Button look="primary" icon="plus" onClick={() => setPlanning(true)}>
              Plan a campaign
            </Button>
          )
        }
      />
      <Tabs
        label="Campaigns"
        tabs={tabs}
        open={open}
        onOpen={(id) => void navigate({ search: { tab: id }, replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem' }}>
          {open === 'campaigns' ? <CampaignsPanel /> : <ImagesPanel />}
        </div>
      </Tabs>
      {planning && (
        <CampaignDialog
          onClose={() => setPlanning(false)}
          onDone={(id) => {
            setPlanning(false);
            void go({ to: '/campaigns/$campaignId', params: { campaignId: String(id) } });
          }}
        />
      )}
    </>
  );
}

function CampaignsPanel() {
  const query = useInfiniteQuery(campaignsQuery);
  const rows = { ...query, data: query.data?.pages.flatMap((page) => page.items) };
  return (
    <Panel flush title="Campaigns" note="the newest first">
      <Ready query={rows} what="campaigns">
        {(campaigns) =>
          campaigns.length === 0 ? (
            <Empty icon="campaign" title="No campaign was planned yet">
              A campaign brings an image to many meters. Nothing is sent before it is started.
            </Empty>
          ) : (
            <>
              <CampaignTable campaigns={campaigns} />
              <MoreRows query={query} shown={campaigns.length} total={query.data?.pages[0]?.total ?? 0} />
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

function CampaignTable({ campaigns }: { readonly campaigns: readonly CampaignItem[] }) {
  return (
    <ScrollBox label="Campaigns">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Campaign</th>
            <th scope="col">State</th>
            <th scope="col">Wave</th>
            <th scope="col" className="num">
              Meters
            </th>
            <th scope="col" className="num">
              Confirmed
            </th>
            <th scope="col" className="num">
              Failed
            </th>
            <th scope="col">Planned</th>
          </tr>
        </thead>
        <tbody>
          {campaigns.map((c) => (
            <tr key={c.id}>
              <td>
                <Link to="/campaigns/$campaignId" params={{ campaignId: String(c.id) }}>
                  {c.name}
                </Link>
              </td>
              <td>
                <CampaignState state={c.state} /> <span className="muted small">{reasonOf(c.error)}</span>
              </td>
              <td>{c.state === 'draft' ? '–' : (c.waves[c.wave]?.name ?? '–')}</td>
              <td className="num">{formatCount(c.meters)}</td>
              <td className="num">{formatShare((c.counts.confirmed ?? 0) / c.meters)}</td>
              <td className="num">{formatCount(c.counts.failed ?? 0)}</td>
              <td>
                <Time at={c.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

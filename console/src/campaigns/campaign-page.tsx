/** One campaign: how its waves and meters stand, and the buttons that move it, live. */
import type { CampaignItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { usePeople } from '../commands/words.tsx';
import { reasonOf } from '../lib/command-words.ts';
import { formatCount, formatShare } from '../lib/format.ts';
import { useLiveRefresh } from '../live.ts';
import { campaignQuery, imagesQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { CampaignActions } from './campaign-actions.tsx';
import { CampaignMeters } from './campaign-meters.tsx';
import { CampaignState } from './campaigns-page.tsx';
import { WavesPanel } from './waves-panel.tsx';

const route = getRouteApi('/campaigns/$campaignId');

export function CampaignPage() {
  const id = Number(route.useParams().campaignId);
  const good = Number.isInteger(id) && id > 0;
  const query = useQuery({ ...campaignQuery(id), enabled: good });
  useTitle(query.data ? `Campaign ${query.data.name}` : 'Campaign');
  useLiveRefresh(['campaign'], ['campaign', 'campaign-meters']);
  if (!good) {
    return (
      <Empty icon="campaign" title="This is not the address of a campaign">
        Choose one from <Link to="/campaigns">the list</Link>.
      </Empty>
    );
  }
  return (
    <Ready query={query} what="the campaign">
      {(campaign) => <Campaign campaign={campaign} />}
    </Ready>
  );
}

function Campaign({ campaign }: { readonly campaign: CampaignItem }) {
  const nameOf = usePeople();
  const { counts, meters, error } = campaign;
  return (
    <>
      <nav className="breadcrumb" aria-label="Breadcrumb">
        <Link to="/campaigns">Campaigns</Link> <span aria-hidden="true">/</span> <span>{campaign.name}</span>
      </nav>
      <header className="page-head">
        <h1>{campaign.name}</h1>
        <CampaignState state={campaign.state} />
        <p role="status">
          {formatShare((counts.confirmed ?? 0) / meters)} of {formatCount(meters)} confirmed, planned by{' '}
          {nameOf(campaign.createdBy, campaign.createdByName)}
        </p>
        <CampaignActions campaign={campaign} />
      </header>
      <div className="meter-layout">
        <div className="stack" style={{ gap: '0.75rem' }}>
          {campaign.state === 'halted' && (
            <Notice tone="bad" title="It stopped by itself">
              <p>
                {reasonOf(error)} Look at what the meters failed with; it goes on only with a higher limit.
              </p>
            </Notice>
          )}
          <WavesPanel campaign={campaign} />
          <CampaignMeters campaign={campaign} />
        </div>
        <aside className="meter-aside" aria-label="About this campaign">
          <Panel title="Plan">
            <PlanFacts campaign={campaign} />
          </Panel>
        </aside>
      </div>
    </>
  );
}

function PlanFacts({ campaign }: { readonly campaign: CampaignItem }) {
  const { data: images } = useQuery(imagesQuery);
  const image = images?.find(({ id }) => id === campaign.imageId);
  return (
    <dl className="facts">
      <dt>Image</dt>
      <dd>{image ? image.name : campaign.imageId}</dd>
      {image && (
        <>
          <dt>Version</dt>
          <dd>{image.firmware}</dd>
          <dt>Signed by</dt>
          <dd>{image.signedBy || 'nobody'}</dd>
        </>
      )}
      <dt>Stops above</dt>
      <dd>{formatShare(campaign.haltRate / 10_000, 2)} of a wave failed</dd>
      <dt>Only over</dt>
      <dd>{campaign.fromVersions.join(', ') || 'any version'}</dd>
      <dt>Activates</dt>
      <dd>
        {campaign.activateAt ? (
          <>
            not before <Time at={campaign.activateAt} />
          </>
        ) : (
          'as soon as it is verified'
        )}
      </dd>
      <dt>Planned</dt>
      <dd>
        <Time at={campaign.createdAt} />
      </dd>
    </dl>
  );
}

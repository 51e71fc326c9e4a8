/** One campaign: how its waves and meters stand, and the buttons that move it, live. */
import type { CampaignItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { usePeople } from '../commands/words.tsx';
import { reasonOf } from '../lib/command-words.ts';
import { formatCount, formatShare } from '../lib/format.ts';
import { idOf } from '../lib/search-params.ts';
import { useLiveRefresh } from '../live.ts';
import { campaignQuery, imagesQuery } from '../queries.ts';
import { useTitle } from '../shell/shell.tsx';
import { Facts } from '../ui/facts.tsx';
import { Breadcrumb, ItemPage } from '../ui/item-page.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { CampaignActions } from './campaign-actions.tsx';
import { CampaignMeters } from './campaign-meters.tsx';
import { CampaignState } from './campaigns-page.tsx';
import { WavesPanel } from './waves-panel.tsx';

const route = getRouteApi('/campaigns/$campaignId');

export function CampaignPage() {
  const id = idOf(route.useParams().campaignId);
  const query = useQuery({ ...campaignQuery(id), enabled: id > 0 });
  useTitle(query.data ? `Campaign ${query.data.name}` : 'Campaign');
  useLiveRefresh(['campaign'], ['campaign', 'campaign-meters']);
  return (
    <ItemPage
      good={id > 0}
      icon="campaign"
      thing="a campaign"
      query={query}
      list={<Link to="/campaigns">the list</Link>}
    >
      {(campaign) => <Campaign campaign={campaign} />}
    </ItemPage>
  );
}

function Campaign({ campaign }: { readonly campaign: CampaignItem }) {
  const nameOf = usePeople();
  const { counts, meters, error } = campaign;
  const confirmed = formatShare((counts.confirmed ?? 0) / meters);
  return (
    <>
      <Breadcrumb here={campaign.name}>
        <Link to="/campaigns">Campaigns</Link>
      </Breadcrumb>
      <PageHead
        title={campaign.name}
        marks={<CampaignState state={campaign.state} />}
        note={
          <span role="status">
            {confirmed} of {formatCount(meters)} confirmed, planned by{' '}
            {nameOf(campaign.createdBy, campaign.createdByName)}
          </span>
        }
        actions={<CampaignActions campaign={campaign} />}
      />
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
    <Facts
      facts={[
        ['Image', image ? image.name : campaign.imageId],
        ['Version', image?.firmware],
        ['Signed by', image && (image.signedBy || 'nobody')],
        ['Stops above', `${formatShare(campaign.haltRate / 10_000, 2)} of a wave failed`],
        ['Only over', campaign.fromVersions.join(', ') || 'any version'],
        [
          'Activates',
          campaign.activateAt ? (
            <>
              not before <Time at={campaign.activateAt} />
            </>
          ) : (
            'as soon as it is verified'
          ),
        ],
        ['Planned', <Time key="t" at={campaign.createdAt} />],
      ]}
    />
  );
}

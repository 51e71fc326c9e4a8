/** Meters of a campaign: state, blocks, version; a row opens to the map of its blocks. */
import type { CampaignItem, CampaignMeterItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import { blockCells, missingWords, receivedBlocks } from '../lib/blocks.ts';
import { reasonOf } from '../lib/command-words.ts';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { campaignMetersQuery } from '../queries.ts';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/marks.tsx';
import { MoreRows } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, Ready, type Tone } from '../ui/states.tsx';
import { Ago } from '../ui/time.tsx';

const states = [
  ...['waiting', 'transferring', 'verified', 'activating'],
  ...['confirmed', 'failed', 'skipped', 'aborted'],
];
const tones: Readonly<Record<string, Tone>> = {
  ...{ transferring: 'accent', verified: 'accent', activating: 'accent' },
  ...{ confirmed: 'good', failed: 'bad', skipped: 'warn' },
};

export function CampaignMeters({ campaign }: { readonly campaign: CampaignItem }) {
  const [state, setState] = useState('');
  const query = useInfiniteQuery(campaignMetersQuery(campaign.id, state || undefined));
  const rows = { ...query, data: query.data?.pages.flatMap((page) => page.items) };
  return (
    <Panel
      flush
      title="Meters"
      actions={
        <select
          className="input"
          style={{ width: 'auto' }}
          aria-label="State of meters"
          value={state}
          onChange={(e) => setState(e.target.value)}
        >
          <option value="">State: any</option>
          {states.map((each) => (
            <option key={each} value={each}>
              {formatWord(each)} ({formatCount(campaign.counts[each] ?? 0)})
            </option>
          ))}
        </select>
      }
    >
      <Ready query={rows} what="meters">
        {(meters) =>
          meters.length === 0 ? (
            <Empty icon="meters" title="No meter is in this state" />
          ) : (
            <>
              <Meters campaign={campaign} meters={meters} />
              <MoreRows query={query} shown={meters.length} total={query.data?.pages[0]?.total ?? 0} />
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

function Meters(props: { readonly campaign: CampaignItem; readonly meters: readonly CampaignMeterItem[] }) {
  const [open, setOpen] = useState<number>();
  return (
    <ScrollBox label="Meters of the campaign">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">
              <span className="sr-only">Blocks</span>
            </th>
            <th scope="col">Meter</th>
            <th scope="col">Wave</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Blocks
            </th>
            <th scope="col">Runs</th>
            <th scope="col">Changed</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {props.meters.map((meter) => (
            <Fragment key={meter.meterId}>
              <MeterRow
                meter={meter}
                wave={props.campaign.waves[meter.wave]?.name ?? ''}
                open={open === meter.meterId}
                onOpen={() => setOpen(open === meter.meterId ? undefined : meter.meterId)}
              />
              {open === meter.meterId && (
                <tr className="life-row">
                  <td colSpan={8}>
                    <BlockMap meter={meter} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function MeterRow(props: {
  readonly meter: CampaignMeterItem;
  readonly wave: string;
  readonly open: boolean;
  readonly onOpen: () => void;
}) {
  const { meter, open } = props;
  return (
    <tr>
      <td>
        <button
          type="button"
          className="icon-button"
          aria-expanded={open}
          aria-label={`Blocks of ${meter.serial}`}
          onClick={props.onOpen}
        >
          <Icon name={open ? 'down' : 'right'} size={12} />
        </button>
      </td>
      <td>
        <Link to="/meters/$meterId" params={{ meterId: String(meter.meterId) }}>
          {meter.serial}
        </Link>
      </td>
      <td>{props.wave}</td>
      <td>
        <Badge tone={tones[meter.state]}>{formatWord(meter.state)}</Badge>
      </td>
      <td className="num">
        {meter.blocks > 0 ? `${formatCount(meter.received)} of ${formatCount(meter.blocks)}` : '–'}
      </td>
      <td>{meter.version || <span className="muted">–</span>}</td>
      <td>
        <Ago at={meter.updatedAt} />
      </td>
      <td>{reasonOf(meter.error) || <span className="muted">–</span>}</td>
    </tr>
  );
}

const mostCells = 960;
const columns = 48;
const cellSize = 10;

/** Every block, or so many to a cell; full ones are filled, begun ones half, missing ones hollow. */
function BlockMap({ meter }: { readonly meter: CampaignMeterItem }) {
  const received = receivedBlocks(meter.bitmap, meter.blocks);
  const cells = blockCells(received, mostCells);
  const rows = Math.ceil(cells.length / columns);
  const share = formatShare(meter.blocks > 0 ? meter.received / meter.blocks : 0);
  const words = `${meter.serial} has ${share} of the image. ${missingWords(received)}`;
  const width = Math.min(columns, cells.length) * cellSize;
  const each = cells[0] ? cells[0].count : 1;
  return (
    <div className="stack" style={{ gap: '0.5rem' }}>
      <p>
        {words}
        {each > 1 && ` A cell stands for ${formatCount(each)} blocks.`}
      </p>
      {cells.length > 0 && (
        <svg
          className="block-map"
          role="img"
          aria-label={words}
          viewBox={`0 0 ${width} ${rows * cellSize}`}
          width={width}
        >
          {cells.map((cell, i) => (
            <rect
              key={cell.from}
              data-has={cell.received === cell.count ? 'all' : cell.received > 0 ? 'some' : 'none'}
              x={(i % columns) * cellSize + 1.5}
              y={Math.floor(i / columns) * cellSize + 1.5}
              width={cellSize - 3}
              height={cellSize - 3}
            />
          ))}
        </svg>
      )}
    </div>
  );
}

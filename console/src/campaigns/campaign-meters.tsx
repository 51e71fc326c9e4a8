/** Meters of a campaign: state, blocks, version; a row opens to the map of its blocks. */
import type { CampaignItem, CampaignMeterItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { blockCells, missingWords, receivedBlocks } from '../lib/blocks.ts';
import { reasonOf } from '../lib/command-words.ts';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { campaignMetersQuery } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { meterColumn } from '../ui/meter-column.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, type Tone } from '../ui/states.tsx';
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
      <Paged query={query} what="meters">
        {(meters) => (
          <DataTable
            label="Meters of the campaign"
            columns={columnsOf(campaign)}
            rows={meters}
            rowKey={({ meterId }) => meterId}
            detail={{
              name: 'Open',
              label: ({ serial }) => `Blocks of ${serial}`,
              of: (meter) => <BlockMap meter={meter} />,
            }}
            empty={<Empty icon="meters" title="No meter is in this state" />}
          />
        )}
      </Paged>
    </Panel>
  );
}

function columnsOf({ waves }: CampaignItem): readonly Column<CampaignMeterItem>[] {
  return [
    meterColumn(),
    { name: 'Wave', cell: ({ wave }) => waves[wave]?.name },
    { name: 'State', cell: ({ state }) => <Badge tone={tones[state]}>{formatWord(state)}</Badge> },
    {
      ...{ name: 'Blocks', num: true },
      cell: ({ blocks, received }) =>
        blocks > 0 ? `${formatCount(received)} of ${formatCount(blocks)}` : '–',
    },
    { name: 'Runs', cell: ({ version }) => version || <span className="muted">–</span> },
    { name: 'Changed', cell: ({ updatedAt }) => <Ago at={updatedAt} /> },
    { name: 'Why', cell: ({ error }) => reasonOf(error) || <span className="muted">–</span> },
  ];
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

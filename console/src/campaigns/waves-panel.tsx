/** Progress by wave: what share of each wave is confirmed, under way, waiting or failed. */
import type { CampaignItem } from '@openami/server/contract';
import { useState } from 'react';
import { formatCount, formatCounted, formatWord } from '../lib/format.ts';
import { groupCounts, waveGroups } from '../lib/waves.ts';
import { type Bar, type BarPart, Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Panel } from '../ui/panel.tsx';

const parts: readonly BarPart[] = [
  { name: 'Confirmed', colour: '--total' },
  { name: 'Under way', colour: '--q-estimated', pattern: 'hatch' },
  { name: 'Waiting', colour: '--q-projected', pattern: 'outline' },
  { name: 'Failed', colour: '--q-questionable' },
  { name: 'Left as it is', colour: '--q-missing', pattern: 'hatch' },
];

interface WaveRow {
  readonly name: string;
  readonly stage: string;
  readonly total: number;
  readonly groups: readonly number[];
}

export function WavesPanel({ campaign }: { readonly campaign: CampaignItem }) {
  const [face, setFace] = useState<Face>('chart');
  const rows = campaign.waves.map(
    ({ name, meters, counts }, i): WaveRow => ({
      ...{ name, stage: stageOf(campaign, i), total: meters },
      groups: groupCounts(counts),
    }),
  );
  return (
    <Panel
      title="Progress by wave"
      note="share of each wave"
      actions={<FaceSwitch label="Progress" face={face} onChange={setFace} />}
    >
      {face === 'chart' ? (
        <WaveChart rows={rows} />
      ) : (
        <DataTable
          label="Progress by wave"
          columns={columns}
          rows={rows}
          rowKey={(_, place) => place}
          empty={null}
        />
      )}
    </Panel>
  );
}

function stageOf(campaign: CampaignItem, wave: number): string {
  if (campaign.state === 'draft' || wave > campaign.wave) return 'to come';
  return wave < campaign.wave || campaign.state === 'done' ? 'through' : 'open';
}

function WaveChart({ rows }: { readonly rows: readonly WaveRow[] }) {
  const bars = rows
    .filter((row) => row.total > 0)
    .map(
      (row): Bar => ({
        ...{ key: row.name, label: row.name },
        sentence:
          `${row.name} (${row.stage}): ${formatCounted(row.total, 'meter')}; ` +
          waveGroups.flatMap((group, i) => (row.groups[i] ? [`${row.groups[i]} ${group}`] : [])).join(', '),
        values: row.groups.map((count) => count / row.total),
      }),
    );
  const open = bars.find((bar) => bar.sentence.includes('(open)'));
  return (
    <>
      <Bars
        title="Progress by wave"
        parts={parts}
        bars={bars}
        top={1}
        height={190}
        formatTick={(v) => `${Math.round(v * 100)} %`}
        rest={open?.sentence ?? 'Point at a wave, or walk through them with the arrow keys.'}
      />
      <Legend parts={parts} />
    </>
  );
}

const columns: readonly Column<WaveRow>[] = [
  { name: 'Wave', cell: ({ name }) => name },
  { name: 'Stage', cell: ({ stage }) => stage },
  { name: 'Meters', num: true, cell: ({ total }) => formatCount(total) },
  ...waveGroups.map((group, i) => ({
    ...{ name: formatWord(group), num: true },
    cell: ({ groups }: WaveRow) => formatCount(groups[i]),
  })),
];

/** Progress by wave: what share of each wave is confirmed, under way, waiting or failed. */
import type { CampaignItem } from '@openami/server/contract';
import { useState } from 'react';
import { formatCount, formatCounted, formatWord } from '../lib/format.ts';
import { groupCounts, waveGroups } from '../lib/waves.ts';
import { type Bar, type BarPart, Bars, Legend } from '../ui/bars.tsx';
import { type Face, FaceSwitch } from '../ui/chart-table.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';

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
      {face === 'chart' ? <WaveChart rows={rows} /> : <WaveTable rows={rows} />}
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

function WaveTable({ rows }: { readonly rows: readonly WaveRow[] }) {
  return (
    <ScrollBox label="Progress by wave">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Wave</th>
            <th scope="col">Stage</th>
            <th scope="col" className="num">
              Meters
            </th>
            {waveGroups.map((group) => (
              <th key={group} scope="col" className="num">
                {formatWord(group)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td>{row.name}</td>
              <td>{row.stage}</td>
              <td className="num">{formatCount(row.total)}</td>
              {waveGroups.map((group, i) => (
                <td key={group} className="num">
                  {formatCount(row.groups[i])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** The row of numbers. Each tile is a link to the list that explains it. */
import type { Overview } from '@openami/server/contract';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatCompact, formatCount, formatShare } from '../lib/format.ts';
import { useLive } from '../live.ts';
import { Badge } from '../ui/marks.tsx';
import { Sparkline } from '../ui/sparkline.tsx';

/** Daily read rate by the deadline that a utility aims for. */
const target = 0.985;

function Tile(props: {
  readonly name: string;
  readonly value: ReactNode;
  readonly note: ReactNode;
  readonly link: LinkProps;
}) {
  return (
    <Link {...props.link} className="tile">
      <span className="name">{props.name}</span>
      <span className="value">{props.value}</span>
      <span className="note">{props.note}</span>
    </Link>
  );
}

export function Tiles({ overview }: { readonly overview: Overview }) {
  const latest = useLive((s) => s.latest);
  const rates = useLive((s) => s.rates);
  const perSecond = latest?.readingsPerSecond ?? overview.readingsPerSecond;
  const stored = latest?.readingsStored ?? overview.readingsStored;
  const queued = latest?.queuedRows ?? overview.writer.queuedRows;
  const { corrections, repeats } = overview.writer;
  const byDeadline = overview.readSuccessByDeadline;
  return (
    <div className="tiles">
      <Tile
        name="Readings / s"
        value={
          <>
            {formatCompact(Math.round(perSecond))}
            <Sparkline values={rates} />
          </>
        }
        note={queued > 0 ? `${formatCount(queued)} on their way to the disk` : 'All on disk'}
        link={{ to: '/meters', search: { readStatus: 'current' } }}
      />
      <Tile
        name="Readings stored"
        value={formatCompact(stored)}
        note={`${formatCompact(corrections)} corrected, ${formatCompact(repeats)} repeats`}
        link={{ to: '/meters', search: { readStatus: 'current' } }}
      />
      <Tile
        name="Read yesterday"
        value={formatShare(overview.readSuccess)}
        note={
          byDeadline === null ? (
            'No whole day is over yet'
          ) : (
            <span className="row">
              {formatShare(byDeadline)} by deadline
              <TargetBadge share={byDeadline} />
            </span>
          )
        }
        link={{ to: '/meters', search: { readStatus: 'late' } }}
      />
      <Tile
        name="Meters registered"
        value={formatCount(overview.metersRegistered)}
        note={`${formatCount(overview.usagePoints)} usage points`}
        link={{ to: '/meters' }}
      />
      <Tile
        name="Rejected, 24 h"
        value={formatCount(overview.rejections24h)}
        note={overview.rejections24h > 0 ? 'See why, by code' : 'Nothing was refused'}
        link={{ to: '/rejected' }}
      />
      <Tile
        name="Not registered"
        value={formatCount(overview.unregisteredDevices)}
        note={overview.unregisteredDevices > 0 ? 'Adopt or ignore' : 'Every device is known'}
        link={{ to: '/unregistered' }}
      />
    </div>
  );
}

function TargetBadge({ share }: { readonly share: number }) {
  return share >= target ? <Badge tone="good">on target</Badge> : <Badge tone="warn">below 98.5 %</Badge>;
}

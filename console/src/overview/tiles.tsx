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
        name="Readings per second"
        value={
          <>
            {formatCompact(Math.round(perSecond))}
            <Sparkline values={rates} />
          </>
        }
        note={queued > 0 ? `${formatCount(queued)} waiting to be written` : 'Nothing waits to be written'}
        link={{ to: '/meters', search: { sort: '-lastReadingAt' } }}
      />
      <Tile
        name="Readings stored"
        value={formatCompact(stored)}
        note={`${formatCompact(corrections)} corrected, ${formatCompact(repeats)} repeats`}
        link={{ to: '/meters', search: { sort: '-lastReadingAt' } }}
      />
      <Tile
        name="Read success yesterday"
        value={formatShare(overview.readSuccess)}
        note={
          <span className="row">
            {formatShare(byDeadline)} by deadline
            {byDeadline !== null && <TargetBadge share={byDeadline} />}
          </span>
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
        name="Seen, not registered"
        value={formatCount(overview.unregisteredDevices)}
        note={overview.unregisteredDevices > 0 ? 'Devices wait to be adopted' : 'Every device is known'}
        link={{ to: '/unregistered' }}
      />
    </div>
  );
}

function TargetBadge({ share }: { readonly share: number }) {
  return share >= target ? <Badge tone="good">on target</Badge> : <Badge tone="warn">below 98.5 %</Badge>;
}

/** Meters by state and by commodity: a bar of shares, and the list behind each. */
import type { Overview } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { formatCount, formatShare, formatWord } from '../lib/format.ts';
import { CommodityIcon } from '../ui/icon.tsx';
import { ShapeMark, stateLook } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ShareBar } from '../ui/state-filters.tsx';
import { Empty } from '../ui/states.tsx';

export function MeterStates(props: { readonly overview: Overview; readonly className?: string }) {
  const states = sorted(props.overview.metersByState);
  const commodities = sorted(props.overview.metersByCommodity);
  const total = states.reduce((sum, [, n]) => sum + n, 0);
  return (
    <Panel className={props.className} title="Meters by state" note={`${formatCount(total)} in all`}>
      {total === 0 ? (
        <Empty icon="meters" title="No meters yet">
          Register them by CSV or adopt devices that were seen.
        </Empty>
      ) : (
        <div className="stack">
          <div>
            <ShareBar shares={states.map(([state, n]) => [stateLook(state).colour, n])} />
            <ul className="share-list" style={{ marginTop: '0.5rem' }}>
              {states.map(([state, n]) => (
                <li key={state}>
                  <Link to="/meters" search={{ state }}>
                    <ShapeMark shape={stateLook(state).shape} colour={stateLook(state).colour} />
                    <span>{formatWord(state)}</span>
                    <strong>{formatCount(n)}</strong>
                    <span className="muted num">{formatShare(n / total)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
          <ul className="share-list" aria-label="Meters by commodity">
            {commodities.map(([commodity, n]) => (
              <li key={commodity}>
                <Link to="/meters" search={{ commodity }}>
                  <CommodityIcon commodity={commodity} />
                  <span>{formatWord(commodity)}</span>
                  <strong>{formatCount(n)}</strong>
                  <span className="muted num">{formatShare(n / total)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .sort((a, b) => b[1] - a[1]);
}

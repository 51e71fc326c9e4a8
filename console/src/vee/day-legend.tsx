/** Names the curves of a day; each but the one that stands can be left out. */
import type { VeeDay } from '@openami/server/contract';
import type { Layer } from './day-curves.ts';

const lines: Readonly<
  Record<Layer, { readonly words: string; readonly colour: string; readonly dash?: string }>
> = {
  measured: { words: 'Measured, where it differs', colour: '--q-questionable' },
  proposed: { words: 'Proposed, with 90 % band', colour: '--q-estimated', dash: '5 3' },
  neighbours: { words: 'Neighbours', colour: '--q-derived', dash: '7 3 2 3' },
  weekBefore: { words: 'Week before', colour: '--compare', dash: '2 3' },
};

export function DayLegend(props: {
  readonly day: VeeDay;
  readonly shown: ReadonlySet<Layer>;
  readonly onToggle: (layer: Layer) => void;
}) {
  const { day, shown } = props;
  const there: readonly Layer[] = (['measured', 'proposed', 'neighbours', 'weekBefore'] as const).filter(
    (layer) => day[layer].some((value) => value !== null),
  );
  return (
    <ul className="legend day-legend" aria-label="Curves">
      <li>
        <Line colour="--q-valid" width={2.25} />
        Stands now
      </li>
      {there.map((layer) => (
        <li key={layer}>
          <label className="check">
            <input type="checkbox" checked={shown.has(layer)} onChange={() => props.onToggle(layer)} />
            {layer === 'measured' ? (
              <svg width="14" height="10" aria-hidden="true">
                <circle cx="7" cy="5" r="3.5" fill="none" stroke="var(--q-questionable)" strokeWidth="1.75" />
              </svg>
            ) : (
              <Line colour={lines[layer].colour} width={1.5} dash={lines[layer].dash} />
            )}
            {lines[layer].words}
            {layer === 'neighbours' && ` (${day.neighbourCount})`}
          </label>
        </li>
      ))}
    </ul>
  );
}

function Line(props: {
  readonly colour: string;
  readonly width: number;
  readonly dash?: string | undefined;
}) {
  return (
    <svg width="22" height="10" aria-hidden="true">
      <line
        x1="0"
        x2="22"
        y1="5"
        y2="5"
        stroke={`var(${props.colour})`}
        strokeWidth={props.width}
        strokeDasharray={props.dash}
      />
    </svg>
  );
}

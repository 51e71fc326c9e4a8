/** What the lists of meters and devices that are heard share: filters, states, paths. */
import type { ReactNode } from 'react';
import { formatCount, formatInterval } from '../lib/format.ts';
import type { Column } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import type { Tone } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';

/** Each state in words, and how it looks. */
export type StateWords<S extends string> = Readonly<Record<S, readonly [word: string, tone: Tone]>>;

interface Search {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
}

interface Counts {
  readonly items: readonly unknown[];
  readonly total: number;
  readonly heard: number;
}

export function HeardFilters(props: {
  readonly search: Search;
  readonly hint: string;
  readonly states: StateWords<string>;
  readonly list: Counts | undefined;
  readonly onChange: (part: Search) => void;
  /** More of them, between the name and the state. */
  readonly children?: ReactNode;
}) {
  const { search, list, onChange } = props;
  return (
    <div className="filters">
      <TextFilter
        label="Filter by name"
        hint={props.hint}
        value={search.q}
        onChange={(q) => onChange({ q })}
      />
      {props.children}
      <SelectField
        label="State"
        value={search.state ?? ''}
        onChange={(e) => onChange({ state: e.target.value || undefined })}
      >
        <option value="">all</option>
        {Object.entries(props.states).map(([state, [word]]) => (
          <option key={state} value={state}>
            {word}
          </option>
        ))}
      </SelectField>
      {list && (
        <span className="muted" role="status">
          {formatCount(list.items.length)} of {formatCount(list.total)}, {formatCount(list.heard)} heard
        </span>
      )}
    </div>
  );
}

/** The state of a row, with the code of its error unless the state says it all. */
export function stateColumn<S extends string>(
  words: StateWords<S>,
  saysAll: NoInfer<S>,
): Column<{ readonly state: S; readonly code: string }> {
  return {
    name: 'State',
    cell: ({ state, code }) => (
      <>
        <Badge tone={words[state][1]}>{words[state][0]}</Badge>
        {code && state !== saysAll && <div className="muted small">{code}</div>}
      </>
    ),
  };
}

/** About how often a row is heard: to the minute, where it is minutes. */
export const everyColumn: Column<{ readonly everyS: number }> = {
  name: 'Every',
  num: true,
  cell: ({ everyS }) => <span className="nowrap">{everyWords(everyS)}</span>,
};

function everyWords(everyS: number): string {
  if (everyS === 0) return '–';
  return formatInterval(everyS < 300 ? Math.round(everyS) : Math.round(everyS / 60) * 60);
}

interface Path {
  readonly gateway: string;
  readonly rssiMean: number | null;
}

/** The gateways that hear a row: the best, and how many more. */
export const pathsColumn: Column<{ readonly paths: readonly Path[] }> = {
  name: 'Paths',
  cell: ({ paths }) => <Paths paths={paths} />,
};

const dBm = (value: number | null) => (value === null ? '' : `${Math.round(value)} dBm`);

function Paths({ paths }: { readonly paths: readonly Path[] }) {
  const [best, ...others] = paths.toSorted((a, b) => (b.rssiMean ?? -999) - (a.rssiMean ?? -999));
  if (best === undefined) return '–';
  const rest = others.map((path) => `${path.gateway} ${dBm(path.rssiMean)}`.trim()).join(', ');
  return (
    <div className="nowrap">
      {best.gateway}
      <div className="muted small" title={rest}>
        {dBm(best.rssiMean)}
        {others.length > 0 && (
          <>
            {' '}
            and {others.length} more<span className="sr-only">: {rest}</span>
          </>
        )}
      </div>
    </div>
  );
}

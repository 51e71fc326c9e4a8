/** How many stand where: a bar of shares, and under it the states as buttons that filter a list. */
import type { ComponentProps, ReactNode } from 'react';
import { formatCount } from '../lib/format.ts';
import { ShapeMark } from './marks.tsx';
import type { Tone } from './states.tsx';

export interface StateLook {
  readonly word: string;
  readonly tone: Tone;
  readonly colour: string;
  readonly shape: ComponentProps<typeof ShapeMark>['shape'];
  /** What has been reached, and what is waited for. */
  readonly meaning: string;
}

export function StateFilters<S extends string>(props: {
  /** In the order in which they are shown. */
  readonly looks: Readonly<Record<S, StateLook>>;
  readonly countOf: (state: S) => number;
  readonly state: string | undefined;
  readonly onState: (state: S | undefined) => void;
  /** More filters beside the states. */
  readonly children?: ReactNode;
}) {
  const { looks, countOf, state, onState } = props;
  const names = Object.keys(looks) as S[];
  return (
    <>
      <ShareBar shares={names.map((name) => [looks[name].colour, countOf(name)])} />
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere */}
      <div className="state-filters" role="group" aria-label="Filter by state">
        {names.map((name) => (
          <StateFilter
            key={name}
            look={looks[name]}
            count={countOf(name)}
            pressed={state === name}
            onClick={() => onState(state === name ? undefined : name)}
          />
        ))}
        {props.children}
      </div>
    </>
  );
}

export function StateFilter(props: {
  readonly look: Omit<StateLook, 'tone'>;
  readonly count: number;
  readonly pressed: boolean;
  readonly onClick: () => void;
}) {
  const { word, colour, shape, meaning } = props.look;
  return (
    <button
      type="button"
      className="state-filter"
      title={meaning}
      aria-pressed={props.pressed}
      onClick={props.onClick}
    >
      <ShapeMark shape={shape} colour={colour} />
      <span>{word}</span>
      <strong>{formatCount(props.count)}</strong>
    </button>
  );
}

/** A part each, as wide as its share; the numbers stand beside it. */
export function ShareBar({ shares }: { readonly shares: readonly (readonly [colour: string, n: number])[] }) {
  return (
    <div className="share-bar" aria-hidden="true">
      {shares.map(
        ([colour, n], place) =>
          n > 0 && <span key={place} style={{ flex: n, minWidth: 3, background: `var(${colour})` }} />,
      )}
    </div>
  );
}

/** How periods of a tariff are drawn: a colour and a pattern each, and a letter where there is room. */
import { useId } from 'react';

/** Looks go round after this many. */
const lookCount = 8;

/** `A` for the first period. */
export function periodLetter(period: number): string {
  return String.fromCharCode(65 + (period % 26));
}

export function periodColour(period: number): string {
  return `--p-${period % lookCount}`;
}

/** Patterns of the looks: a person who sees no colour tells them apart, and a printer without. */
export function PeriodPatterns({ id, count }: { readonly id: string; readonly count: number }) {
  return (
    <defs>
      {Array.from({ length: Math.min(count, lookCount) }, (_, period) => (
        <pattern
          key={periodColour(period)}
          id={`${id}-${period}`}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform={period % 4 === 1 ? 'rotate(45)' : period % 4 === 3 ? 'rotate(-45)' : undefined}
        >
          <rect width="6" height="6" fill={`var(${periodColour(period)})`} />
          {period % 2 === 1 && <rect className="period-line" width="1.5" height="6" />}
          {period % 4 === 2 && <circle className="period-dot" cx="3" cy="3" r="1" />}
        </pattern>
      ))}
    </defs>
  );
}

export function periodFill(id: string, period: number): string {
  return `url(#${id}-${period % lookCount})`;
}

export function PeriodLegend({ periods }: { readonly periods: readonly string[] }) {
  const id = useId();
  return (
    <ul className="legend">
      {periods.map((name, period) => (
        <li key={name}>
          <svg className="period-swatch" width="20" height="16" aria-hidden="true">
            {period === 0 && <PeriodPatterns id={id} count={periods.length} />}
            <rect x="0.5" y="0.5" width="19" height="15" rx="2" fill={periodFill(id, period)} />
            <text className="period-letter" x="10" y="12" textAnchor="middle">
              {periodLetter(period)}
            </text>
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

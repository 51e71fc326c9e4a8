/** How far a register moved on each day (or in each month) between its readings. */
import { useMemo } from 'react';
import type { Profile } from '../lib/decimate.ts';
import { formatDay, formatValue } from '../lib/format.ts';
import { advanceByDay, type DayAdvance } from '../lib/register-days.ts';
import { dayText } from '../lib/zone.ts';
import { type Bar, type BarPart, Bars, Legend } from '../ui/bars.tsx';

const parts: readonly BarPart[] = [
  { name: 'Between readings a day apart or less', colour: '--total' },
  { name: 'Spread evenly over days without a reading', colour: '--q-estimated', pattern: 'hatch' },
];
const longestDailyDays = 100;
const spreadNote = ', partly spread evenly';

export function AdvancePanel(props: {
  readonly title: string;
  readonly profile: Profile;
  readonly zone: string;
  readonly unit: string;
}) {
  const { profile, zone, unit } = props;
  const days = useMemo(() => advanceByDay(profile, zone), [profile, zone]);
  const monthly = days.length > longestDailyDays;
  if (days.length === 0) return null;
  const sums = monthly ? byMonth(days) : days.map((d) => ({ ...d, key: dayText(d.day) }));
  const total = sums.reduce((sum, one) => sum + one.advance, 0);
  const nameOf = (key: string) => formatDay(key, monthly ? 'monthLong' : 'long');
  return (
    <div>
      <h3>{monthly ? 'Advance by month' : 'Advance by day'}</h3>
      <Bars
        title={`${props.title}, ${monthly ? 'advance by month' : 'advance by day'}`}
        parts={parts}
        bars={sums.map(
          ({ key, advance, spread }): Bar => ({
            key,
            label: formatDay(key, monthly ? 'month' : 'short'),
            sentence: `${nameOf(key)}: ${formatValue(advance, unit)}${spread ? spreadNote : ''}.`,
            values: spread ? [0, advance] : [advance, 0],
          }),
        )}
        height={150}
        formatTick={(v) => formatValue(v)}
        rest={`${formatValue(total, unit)} in ${sums.length} ${monthly ? 'months' : 'days'}.`}
      />
      <Legend parts={parts} />
    </div>
  );
}

function byMonth(days: readonly DayAdvance[]) {
  const months = new Map<string, { key: string; advance: number; spread: boolean }>();
  for (const { day, advance, spread } of days) {
    const key = dayText(day).slice(0, 7);
    const known = months.get(key);
    months.set(key, {
      key,
      advance: (known?.advance ?? 0) + advance,
      spread: spread || (known?.spread ?? false),
    });
  }
  return [...months.values()];
}

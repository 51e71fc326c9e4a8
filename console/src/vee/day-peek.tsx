/** The day of the exception one is at, beside the list: enough to decide most of them without leaving it. */
import type { ExceptionItem, VeeDay } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { noDraft, scaleOf, slotsOf, sumOf } from '../lib/day-edit.ts';
import { formatDay, formatReading } from '../lib/format.ts';
import { formatChange, spanOf, type WorkDay } from '../lib/work-list.ts';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { DayChart, slotWords } from './day-chart.tsx';
import { DayLegend } from './day-legend.tsx';
import { SeverityMark, StateBadge } from './marks.tsx';
import { methodWords } from './methods.tsx';
import { dayQuery } from './queries.ts';
import { useLayers } from './use-layers.ts';

export function DayPeek({ item, group }: { readonly item: WorkDay; readonly group?: string }) {
  const query = useQuery(dayQuery(item.channelId, item.day));
  const to = { channelId: String(item.channelId), day: item.day };
  return (
    <Panel
      flush
      title={`${item.serial}, ${formatDay(item.day, 'long')}`}
      actions={
        <Link className="button" to="/exceptions/$channelId/$day" params={to} search={group ? { group } : {}}>
          Open the day
        </Link>
      }
    >
      <div className="peek">
        <Findings exceptions={item.exceptions} />
        <Ready query={query} what="the day">
          {(day) => <Peek key={`${day.channelId}/${day.day}`} day={day} exceptions={item.exceptions} />}
        </Ready>
      </div>
    </Panel>
  );
}

export function Findings({ exceptions }: { readonly exceptions: readonly ExceptionItem[] }) {
  return (
    <ul className="findings" aria-label="Findings">
      {exceptions.map((one) => (
        <li key={one.id}>
          <SeverityMark severity={one.severity} text={one.words || one.title} />{' '}
          <span className="muted small">{one.rule}</span>{' '}
          {one.state !== 'open' && <StateBadge state={one.state} />}
        </li>
      ))}
    </ul>
  );
}

function Peek({ day, exceptions }: { readonly day: VeeDay; readonly exceptions: readonly ExceptionItem[] }) {
  const [slot, setSlot] = useState(-1);
  const { shown, toggle } = useLayers();
  const span = slotsOf(day.ends, spanOf(exceptions));
  return (
    <>
      <DayLegend day={day} shown={shown} onToggle={toggle} />
      <DayChart
        label={`${day.serial}, ${formatDay(day.day, 'long')}`}
        day={day}
        draft={noDraft}
        shown={shown}
        slot={slot}
        span={span}
        heightPx={260}
        onSlot={setSlot}
      />
      <p className="profile-summary" role="status">
        {slot >= 0 ? slotWords(day, noDraft, slot) : <Totals day={day} />}
      </p>
    </>
  );
}

/** Sums of what stands and of what is proposed. */
export function Totals({ day }: { readonly day: VeeDay }) {
  const { toUnit } = scaleOf(day);
  const stands = sumOf(day.current);
  const proposed = sumOf(day.proposed);
  const change = formatChange(((proposed - stands) * day.resolution) / 1_000, day.baseUnit);
  const method = methodWords(day.proposedMethod);
  return (
    <>
      Stands: {formatReading(toUnit(stands), day.unit)}.{' '}
      {day.proposedMethod === ''
        ? 'There is nothing to estimate from.'
        : `Proposed: ${formatReading(toUnit(proposed), day.unit)} (${change}), ${method}.`}
    </>
  );
}

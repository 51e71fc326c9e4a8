/** Finds interval channels by the serial of their meter. */
import type { MeterList } from '@openami/server/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { get } from '../api.ts';
import { formatInterval } from '../lib/format.ts';
import { meterQuery } from '../queries.ts';
import { TextField } from '../ui/field.tsx';

interface FinderProps {
  readonly label: string;
  readonly help?: string;
  readonly onPick: (channelId: number, name: string) => void;
}

export function ChannelFinder({ label, help, onPick }: FinderProps) {
  const [q, setQ] = useState('');
  const wanted = useDeferredValue(q.trim());
  const hits = useQuery({
    queryKey: ['meters', 'of-channels', wanted],
    queryFn: ({ signal }) => get<MeterList>('/api/v1/meters', { q: wanted, limit: 4 }, signal),
    enabled: wanted.length >= 2,
    placeholderData: keepPreviousData,
  });
  const meters = wanted.length >= 2 ? (hits.data?.items ?? []) : [];
  return (
    <div className="stack" style={{ gap: '0.5rem' }}>
      <TextField
        label={label}
        help={help}
        type="search"
        placeholder="Serial"
        value={q}
        onChange={(e) => setQ(e.target.value)}
      />
      {meters.map((meter) => (
        <Channels key={meter.id} meterId={meter.id} serial={meter.serial} onPick={onPick} />
      ))}
    </div>
  );
}

function Channels(props: {
  readonly meterId: number;
  readonly serial: string;
  readonly onPick: FinderProps['onPick'];
}) {
  const { serial, onPick } = props;
  const { data } = useQuery(meterQuery(props.meterId));
  const channels = data?.channels.filter(({ intervalS }) => intervalS > 0) ?? [];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere
    <div className="chips" role="group" aria-label={`Channels of ${serial}`}>
      <span>{serial}</span>
      {channels.map(({ id, alias, unit, intervalS }) => (
        <button key={id} type="button" className="chip" onClick={() => onPick(id, `${serial} ${alias}`)}>
          #{id} {alias}, {unit}, {formatInterval(intervalS)}
        </button>
      ))}
    </div>
  );
}

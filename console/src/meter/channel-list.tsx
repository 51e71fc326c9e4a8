/** Channels of a meter with their latest values; choosing one shows it. */
import type { ChannelItem } from '@openami/server/contract';
import { channelName, formatInterval, formatReading } from '../lib/format.ts';
import { Panel } from '../ui/panel.tsx';
import { Ago } from '../ui/time.tsx';

export function ChannelList(props: {
  readonly channels: readonly ChannelItem[];
  readonly chosen: number | undefined;
  readonly onChoose: (channel: ChannelItem) => void;
}) {
  return (
    <Panel title="Channels" flush>
      <div className="channel-list" style={{ paddingBottom: '0.5rem' }}>
        {props.channels.map((c) => (
          <button
            key={c.id}
            type="button"
            aria-pressed={c.id === props.chosen}
            title={`CIM ${c.readingType}`}
            onClick={() => props.onChoose(c)}
          >
            <span>{channelName(c)}</span>
            <strong className="num">{c.latest ? formatReading(c.latest.value, c.unit) : '–'}</strong>
            <span className="sub">
              {formatInterval(c.intervalS)}
              {c.obis && ` · ${c.obis}`}
            </span>
            <span className="sub num">{c.latest ? <Ago at={c.latest.end} /> : 'no reading'}</span>
          </button>
        ))}
        {props.channels.length === 0 && (
          <p className="muted" style={{ padding: '0 1rem 0.5rem' }}>
            None. Add channels by registry CSV, or adopt what the device sends.
          </p>
        )}
      </div>
    </Panel>
  );
}

/** Messages as they came: outcome, and the payload as text, as JSON laid out, or as bytes. */
import type { FrameItem } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatBytes, formatCounted } from '../lib/format.ts';
import { hexDump, type PayloadView, payloadBytes, payloadText } from '../lib/payload.ts';
import { framesQuery } from '../queries.ts';
import { Segmented } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/marks.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

export function FramesPanel({ meterId }: { readonly meterId: number }) {
  const query = useInfiniteQuery(framesQuery(meterId));
  const flat = { ...query, data: query.data?.pages.flat() };
  return (
    <Panel title="Raw frames" note="kept as evidence, newest first" flush>
      <Ready query={flat} what="frames">
        {(frames) =>
          frames.length === 0 ? (
            <Empty icon="file" title="No frame is kept for this meter">
              Frames expire after a while, and readings from files have none.
            </Empty>
          ) : (
            <>
              {frames.map((frame, i) => (
                <Frame key={`${frame.receivedAt} ${i}`} frame={frame} />
              ))}
              <MoreFoot query={query}>Show older</MoreFoot>
            </>
          )
        }
      </Ready>
    </Panel>
  );
}

/** One message; opens to its payload. */
export function Frame({ frame }: { readonly frame: FrameItem }) {
  const [open, setOpen] = useState(false);
  const bytes = payloadBytes(frame.payload, frame.encoding);
  return (
    <div className="frame-row">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'down' : 'right'} size={12} />
        <Time at={frame.receivedAt} seconds />
        <span className="optional">{frame.source}</span>
        <span className="optional muted cut">
          {formatCounted(frame.accepted, 'reading')}, {formatBytes(bytes.length)}
        </span>
        <Badge tone={frame.outcome === 'OK' ? 'good' : 'bad'}>{frame.outcome}</Badge>
      </button>
      {open && <Payload bytes={bytes} />}
    </div>
  );
}

function Payload({ bytes }: { readonly bytes: Uint8Array }) {
  const text = payloadText(bytes);
  const [view, setView] = useState<PayloadView>(text === undefined ? 'hex' : 'decoded');
  return (
    <div className="frame">
      <Segmented
        label="Payload shown as"
        value={view}
        onChange={setView}
        options={[
          { value: 'decoded', label: text?.json ? 'JSON' : 'Text' },
          { value: 'hex', label: 'Hex' },
        ]}
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard */}
      <pre tabIndex={0}>
        {view === 'hex' ? hexDump(bytes) : (text?.text ?? 'Not text: these bytes are not UTF-8. See Hex.')}
      </pre>
    </div>
  );
}

/** The last sessions with this meter: how each went, and what was said in it, decoded and without secrets. */
import type { SessionDetail, SessionItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatBytes, formatCount, formatDateTime, formatWord } from '../lib/format.ts';
import { sessionQuery, sessionsQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

export function SessionsPanel({ meterId }: { readonly meterId: number }) {
  const query = useQuery(sessionsQuery(meterId));
  return (
    <Panel flush title="Sessions" note="the last ones since the server started, newest first">
      <Ready query={query} what="sessions">
        {(sessions) =>
          sessions.length === 0 ? (
            <Empty icon="collection" title="There was no session with this meter">
              Sessions are kept in memory: they begin anew when the server does.
            </Empty>
          ) : (
            sessions.map((session) => <Session key={session.id} meterId={meterId} session={session} />)
          )
        }
      </Ready>
    </Panel>
  );
}

function Session({ meterId, session }: { readonly meterId: number; readonly session: SessionItem }) {
  const [open, setOpen] = useState(false);
  const mayLines = useMay('frames:read');
  return (
    <div className="frame-row">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? 'down' : 'right'} size={12} />
        <Time at={session.startedAt} seconds />
        <span className="optional">{formatWord(session.purpose)}</span>
        <span className="optional muted cut">
          {formatCount(Math.round(session.durationMs))} ms, {formatCount(session.apdusSent)} APDUs,{' '}
          {formatBytes(session.bytesSent)} out, {formatBytes(session.bytesReceived)} in
        </span>
        <Badge tone={session.ok ? 'good' : 'bad'}>{session.ok ? 'OK' : (session.code ?? 'failed')}</Badge>
      </button>
      {open && (
        <div className="frame">
          <Outcome session={session} />
          {mayLines ? (
            <Lines meterId={meterId} id={session.id} />
          ) : (
            <p className="muted">What was said is for operators to see.</p>
          )}
        </div>
      )}
    </div>
  );
}

function Outcome({ session }: { readonly session: SessionItem }) {
  const { ok, stage, detail, diagnosis, recoveredAbove, remote } = session;
  return (
    <>
      <p className="muted small">
        {remote && `With ${remote}. `}
        {recoveredAbove !== null &&
          `Our counter was behind: it was raised above ${formatCount(recoveredAbove)} of the meter.`}
      </p>
      {!ok && (
        <Notice
          tone="bad"
          title={diagnosis ? formatWord(diagnosis.outcome) : `It failed at ${stage ?? 'work'}`}
        >
          <p>{diagnosis?.detail ?? detail}</p>
          {diagnosis?.hint && <p className="muted">{diagnosis.hint}</p>}
          {diagnosis && <code className="muted">{diagnosis.code}</code>}
        </Notice>
      )}
    </>
  );
}

function Lines({ meterId, id }: { readonly meterId: number; readonly id: number }) {
  const query = useQuery(sessionQuery(meterId, id));
  return (
    <Ready query={query} what="what was said">
      {({ lines }) => (
        <ol className="session-log" aria-label="What was said">
          {lines.map((line, i) => (
            <Line key={`${line.at ?? ''} ${i}`} line={line} />
          ))}
        </ol>
      )}
    </Ready>
  );
}

const sides = { client: 'We said', server: 'The meter said', note: 'Note' } as const;

function Line({ line }: { readonly line: SessionDetail['lines'][number] }) {
  const { zone } = useSiteClock();
  const [open, setOpen] = useState(false);
  const facts = [
    line.bytes !== null && `${formatCount(line.bytes)} bytes`,
    line.counter !== null && `counter ${formatCount(line.counter)}`,
  ].filter(Boolean);
  return (
    <li data-side={line.side}>
      <div className="row">
        <strong>{sides[line.side]}</strong>
        {line.apdu !== null && <code>{apduName(line.apdu)}</code>}
        {line.text && <span>{line.text}</span>}
        <span className="muted small">
          {[...facts, line.at && formatDateTime(Date.parse(line.at), zone, true)].filter(Boolean).join(', ')}
        </span>
        {line.apdu !== null && (
          <button type="button" className="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Less' : 'Decoded'}
          </button>
        )}
      </div>
      {open && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
        <pre tabIndex={0}>{JSON.stringify(line.apdu, null, 2)}</pre>
      )}
    </li>
  );
}

/** What an APDU is, as far as its decoded form says. */
function apduName(apdu: unknown): string {
  if (apdu === null || typeof apdu !== 'object') return String(apdu);
  const { service, type } = apdu as { service?: unknown; type?: unknown };
  return [service, type].filter((word) => typeof word === 'string').join(', ') || 'APDU';
}

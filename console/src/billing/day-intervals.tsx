/** The intervals of a day behind a bill line; each opens to its revision and the messages it came in. */
import { Quality } from '@openami/model';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { formatClock, formatDateTimeZone, formatDay } from '../lib/format.ts';
import type { LineDay, LineReading } from '../lib/line-readings.ts';
import { digitsOfAll, formatDecimal } from '../lib/money.ts';
import { Frame } from '../meter/frames-panel.tsx';
import { useMay } from '../shell/session.tsx';
import { useSiteClock } from '../site.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge, QualityMark } from '../ui/marks.tsx';
import { Ready } from '../ui/states.tsx';
import { framesInQuery } from './queries.ts';

export function DayIntervals({ day }: { readonly day: LineDay }) {
  const { zone } = useSiteClock();
  const clock = (at: string) => formatClock(Date.parse(at), zone).slice(0, 5);
  const name = (reading: LineReading) => `${clock(reading.start)} to ${clock(reading.end)}`;
  const digits = digitsOfAll(day.readings.map(({ value }) => value));
  const columns: readonly Column<LineReading>[] = [
    { name: 'Interval', cell: name },
    {
      name: 'Meter',
      cell: ({ meterId, serial }) => (
        <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
          {serial}
        </Link>
      ),
    },
    { name: 'Value', num: true, cell: ({ value, unit }) => formatDecimal(value, unit, digits) },
    { name: 'Quality', cell: ({ quality }) => <QualityMark code={codeOf(quality)} /> },
    {
      name: 'As known',
      cell: ({ revision, changedSince }) => (
        <>
          {formatDateTimeZone(revision * 1_000, zone)}{' '}
          {changedSince && <Badge tone="warn">changed since</Badge>}
        </>
      ),
    },
  ];
  return (
    <section className="stack day-intervals" aria-label={`Intervals of ${formatDay(day.day, 'long')}`}>
      <h3>
        {formatDay(day.day, 'long')}: {formatDecimal(day.sum, day.readings[0]?.unit)}
      </h3>
      <DataTable
        label={`Intervals of ${formatDay(day.day, 'long')}`}
        columns={columns}
        rows={day.readings}
        rowKey={({ channelId, end }) => `${channelId} ${end}`}
        detail={{
          name: 'Evidence',
          label: (reading) => `Evidence of ${name(reading)}`,
          of: (reading) => <Evidence reading={reading} />,
        }}
        maxHeight="28rem"
        empty={null}
      />
    </section>
  );
}

/** Of the word of a state; what is not known shows as raw. */
function codeOf(quality: string): number {
  return (Quality as Readonly<Record<string, number>>)[quality] ?? Quality.raw;
}

function Evidence({ reading }: { readonly reading: LineReading }) {
  const { meterId, channelId } = reading;
  const mayRead = useMay('frames:read');
  const endS = Date.parse(reading.end) / 1_000;
  const around = { from: String(endS - 43_200), to: String(endS + 43_200) };
  // what has no length is read of a register
  const where = reading.start === reading.end ? { tab: 'registers' } : { tab: 'readings', ...around };
  return (
    <div className="stack" style={{ gap: '0.5rem' }}>
      <p>
        <Link
          to="/meters/$meterId"
          params={{ meterId: String(meterId) }}
          search={{ ...where, channel: String(channelId), reading: String(endS) }}
        >
          The reading among its neighbours, with every revision
        </Link>
      </p>
      {mayRead ? (
        <Messages reading={reading} />
      ) : (
        <p className="muted">Seeing the message it came in needs the right to read raw frames.</p>
      )}
    </div>
  );
}

function Messages({ reading }: { readonly reading: LineReading }) {
  const { zone } = useSiteClock();
  const { came, value, unit, quality, revision } = reading;
  if (came === null)
    return (
      <p className="muted">
        No message of the meter is kept for any revision of it up to the one the bill used: it was estimated
        or edited, came from a file, or its messages have expired.
      </p>
    );
  const words = [`It came in at ${formatDateTimeZone(came.revision * 1_000, zone)}`];
  if (came.value !== value)
    words.push(`as ${formatDecimal(came.value, unit)}; the bill used the ${quality} value`);
  else if (came.revision !== revision) words.push('and has the same value since');
  return (
    <>
      <p>{words.join(' ')}.</p>
      <Frames meterId={reading.meterId} second={came.revision} />
    </>
  );
}

function Frames(props: { readonly meterId: number; readonly second: number }) {
  const query = useQuery(framesInQuery(props.meterId, props.second));
  return (
    <Ready query={query} what="raw frames">
      {(frames) => frames.map((frame, place) => <Frame key={`${frame.receivedAt} ${place}`} frame={frame} />)}
    </Ready>
  );
}

/** Times of the site: the zone's own clock, with the offset and the UTC stamp one hover away. */
import { formatAgo, formatDate, formatDateTime, formatDateTimeZone } from '../lib/format.ts';
import { useSiteClock, useSiteNow } from '../site.tsx';

export function Time(props: {
  readonly at: string | null;
  readonly seconds?: boolean;
  readonly show?: 'date' | 'both';
}) {
  const { at, seconds = false } = props;
  const { zone } = useSiteClock();
  if (!at) return <span className="muted">never</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={`${formatDateTimeZone(ms, zone)} · ${at} UTC`}>
      {props.show === 'date' ? formatDate(ms, zone) : formatDateTime(ms, zone, seconds)}
    </time>
  );
}

/** `4 min ago`, counted on the site's clock. */
export function Ago({ at }: { readonly at: string | null }) {
  const { zone } = useSiteClock();
  const now = useSiteNow();
  if (!at) return <span className="muted">never</span>;
  const ms = Date.parse(at);
  return (
    <time dateTime={at} title={formatDateTimeZone(ms, zone)}>
      {formatAgo(ms, now)}
    </time>
  );
}

/** Leads to a day of a channel, named by its meter. */
import { Link } from '@tanstack/react-router';
import { formatDay } from '../lib/format.ts';

export function DayLink(props: {
  readonly channelId: number;
  readonly serial: string;
  readonly day: string;
  /** The group of the work list that it is looked at from. */
  readonly group?: string;
  /** Key of the row in a list that is walked by keys. */
  readonly row?: string;
}) {
  const { channelId, serial, day, group, row } = props;
  return (
    <Link
      to="/exceptions/$channelId/$day"
      params={{ channelId: String(channelId), day }}
      search={group ? { group } : {}}
      data-row={row}
    >
      {serial}, <span className="nowrap">{formatDay(day, 'short')}</span>
    </Link>
  );
}

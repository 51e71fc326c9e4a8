/** One reading in full: when, how much, of what quality, and every revision of it. */
import type { ChannelItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import type { Profile } from '../lib/decimate.ts';
import { decimalsOf, formatDateTimeZone, formatFixed, formatReading } from '../lib/format.ts';
import { qualityLook } from '../lib/quality.ts';
import { revisionsQuery } from '../queries.ts';
import { IconButton } from '../ui/button.tsx';
import { QualityMark } from '../ui/marks.tsx';
import { Ready } from '../ui/states.tsx';
import { useInSight } from './chosen-reading.tsx';

export function ReadingDetail(props: {
  readonly channel: ChannelItem;
  readonly profile: Profile;
  readonly index: number;
  readonly zone: string;
  readonly onClose: () => void;
}) {
  const { channel, profile, index, zone } = props;
  const end = profile.end[index]!;
  const look = qualityLook(profile.quality[index]!);
  const query = useQuery(revisionsQuery(channel.id, end));
  const shown = useInSight(end, query.isSuccess);
  return (
    <section className="reading-detail" aria-label="Chosen reading" ref={shown} tabIndex={-1}>
      <div className="stack" style={{ gap: '0.25rem' }}>
        <div className="row">
          <h3 className="grow">
            {look.state === 'missing' ? 'No value' : formatReading(profile.value[index]!, channel.unit)}
          </h3>
          <IconButton icon="close" label="Close the reading" onClick={props.onClose} />
        </div>
        <div>
          {profile.intervalS > 0 && (
            <>
              {formatDateTimeZone((end - profile.intervalS) * 1000, zone)} to
              <br />
            </>
          )}
          {formatDateTimeZone(end * 1000, zone)}
        </div>
        <QualityMark code={look.code} />
        <p className="muted small">{look.meaning}</p>
      </div>
      <div className="stack" style={{ gap: '0.25rem' }}>
        <h3>Revisions, newest first</h3>
        <Ready query={query} what="revisions">
          {(revisions) =>
            revisions.length === 0 ? (
              <p className="muted">No revision is stored for this interval.</p>
            ) : (
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Stored</th>
                    <th scope="col" className="num">
                      Value, {channel.unit}
                    </th>
                    <th scope="col">Quality</th>
                  </tr>
                </thead>
                <tbody>
                  {[...revisions]
                    .sort((a, b) => b.revision - a.revision)
                    .map((r) => (
                      <tr key={`${r.revision} ${r.value} ${r.quality}`}>
                        <td>{formatDateTimeZone(r.revision * 1000, zone)}</td>
                        <td className="num">
                          {formatFixed(r.value, decimalsOf(revisions.map((one) => one.value)))}
                        </td>
                        <td>
                          <QualityMark code={r.quality} />
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
            )
          }
        </Ready>
      </div>
    </section>
  );
}

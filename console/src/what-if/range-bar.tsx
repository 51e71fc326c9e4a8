/** So far, likely and the range in which the end lies, on one line; the numbers stand above it. */
import type { BillToDate } from '@openami/server/contract';

export function RangeBar({ toDate, projection }: Pick<BillToDate, 'toDate' | 'projection'>) {
  const [low, likely, high] = [projection?.low, projection?.total, projection?.high].map(Number);
  if (!(high! > 0)) return null;
  const soFar = Number(toDate?.total ?? 0);
  const top = Math.max(high!, soFar);
  const share = (value: number) => `${(Math.max(0, value) / top) * 100}%`;
  return (
    <div className="range-bar" aria-hidden="true">
      <span className="so-far" style={{ width: share(soFar) }} />
      <span className="range" style={{ left: share(low!), width: share(high! - Math.max(0, low!)) }} />
      <span className="likely" style={{ left: share(likely!) }} />
    </div>
  );
}

/** What the lists of virtual channels and of checks share. */
import type { ReactNode } from 'react';
import type { Column } from '../ui/data-table.tsx';
import { Time } from '../ui/time.tsx';

export function ChannelName({ id, children }: { readonly id: number; readonly children: ReactNode }) {
  return (
    <>
      {children}
      <div className="muted small">channel #{id}</div>
    </>
  );
}

export const changedColumn: Column<{ readonly updatedAt: string; readonly updatedBy: string }> = {
  name: 'Changed',
  cell: ({ updatedAt, updatedBy }) => (
    <>
      <Time at={updatedAt} />
      <div className="muted small">{updatedBy}</div>
    </>
  ),
};

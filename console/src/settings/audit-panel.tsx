/** The audit trail: who did what, newest first, and whether its chain holds. */
import { auditKinds } from '@openami/model';
import type { AuditCheck, AuditItem } from '@openami/server/contract';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api.ts';
import { formatCount, formatWord } from '../lib/format.ts';
import { auditQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { SelectField } from '../ui/field.tsx';
import { MoreFoot } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast, toastError } from '../ui/toast.tsx';

export function AuditPanel() {
  const [kind, setKind] = useState('');
  const query = useInfiniteQuery(auditQuery(kind));
  const flat = { ...query, data: query.data?.pages.flat() };
  return (
    <Panel flush title="Audit trail" note="newest first" actions={<CheckButton />}>
      <div className="filters">
        <SelectField label="Of" value={kind} onChange={(e) => setKind(e.target.value)}>
          <option value="">everything</option>
          {auditKinds.map((one) => (
            <option key={one} value={one}>
              {wordOf(one)}
            </option>
          ))}
        </SelectField>
      </div>
      <Ready query={flat} what="the audit trail">
        {(records) => (
          <>
            <DataTable
              label="Audit trail"
              columns={columns}
              rows={records}
              rowKey={({ seq }) => seq}
              empty={
                <Empty
                  icon="file"
                  title={kind ? 'Nothing was done of this sort yet' : 'Nothing was done yet'}
                />
              }
            />
            <MoreFoot query={query}>Show older</MoreFoot>
          </>
        )}
      </Ready>
    </Panel>
  );
}

const wordOf = (name: string) => formatWord(name.replaceAll('_', ' ')).toLowerCase();

const actorOf = ({ actorName, actorKind, actorId }: AuditItem) =>
  actorName || (actorId === actorKind ? actorKind : `${actorKind} ${actorId}`.trim());

const columns: readonly Column<AuditItem>[] = [
  { name: 'No.', num: true, cell: ({ seq }) => seq },
  { name: 'When', cell: ({ at }) => <Time at={at} /> },
  { name: 'Who', cell: actorOf },
  { name: 'Did', cell: ({ action }) => wordOf(action) },
  { name: 'To', cell: ({ objectKind, objectId }) => `${wordOf(objectKind)} ${objectId}` },
  {
    name: 'With',
    cell: ({ data }) =>
      Object.keys(data).length > 0 && (
        <details>
          <summary>{Object.keys(data).join(', ')}</summary>
          <pre className="small">{JSON.stringify(data, null, 2)}</pre>
        </details>
      ),
  },
];

/** Recomputes the chain of hashes: a record that was changed or taken out breaks it. */
function CheckButton() {
  const check = useMutation({
    mutationFn: () => get<AuditCheck>('/api/v1/audit/check'),
    onSuccess: ({ records, brokenAt }) =>
      brokenAt === null
        ? toast('good', `The chain of all ${formatCount(records)} records holds`)
        : toast('bad', `The chain is broken at record ${brokenAt}`),
    onError: (error) => toastError('check the chain', error),
  });
  return (
    <Button busy={check.isPending && 'Checking …'} onClick={() => check.mutate()}>
      Check the chain
    </Button>
  );
}

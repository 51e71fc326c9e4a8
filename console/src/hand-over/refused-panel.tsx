/** Bills that the other system refused, each with why: once put right, they are handed over again. */
import type { HandedBill } from '@openami/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatMoney } from '../lib/money.ts';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { Paged } from '../ui/more-rows.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { handOverKeys, refusedQuery } from './queries.ts';

const columns: readonly Column<HandedBill>[] = [
  {
    name: 'Bill',
    cell: ({ id }) => (
      <Link to="/bills/$billId" params={{ billId: String(id) }}>
        {id}
      </Link>
    ),
  },
  { name: 'Account', cell: ({ account }) => account },
  { name: 'Batch', num: true, cell: ({ batch }) => batch },
  { name: 'Total', num: true, cell: ({ total, currency }) => formatMoney(total, currency) },
  { name: 'Why', cell: ({ reason }) => reason },
];

export function RefusedPanel({ mayWrite }: { readonly mayWrite: boolean }) {
  const query = useInfiniteQuery(refusedQuery);
  const [asked, setAsked] = useState<HandedBill>();
  const action: Column<HandedBill> = {
    ...{ name: 'Action', quiet: true, num: true },
    cell: (bill) => (
      <Button aria-label={`Hand over bill ${bill.id} again`} onClick={() => setAsked(bill)}>
        Again …
      </Button>
    ),
  };
  return (
    <Panel flush title="Refused bills">
      <Paged query={query} what="refused bills">
        {(rows) => (
          <DataTable
            label="Refused bills"
            columns={mayWrite ? [...columns, action] : columns}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty icon="check" title="No bill is refused" />}
          />
        )}
      </Paged>
      {asked && <AgainDialog bill={asked} onClose={() => setAsked(undefined)} />}
    </Panel>
  );
}

function AgainDialog({ bill, onClose }: { readonly bill: HandedBill; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const again = useSending({
    send: () => send('POST', '/api/v1/hand-over/again', { body: { bills: [bill.id], reason } }),
    keys: handOverKeys,
    say: `Bill ${bill.id} is handed over again`,
    onClose,
  });
  return (
    <Dialog title={`Hand over bill ${bill.id} again`} onClose={onClose}>
      <DialogForm
        {...{ action: again, what: 'hand over the bill', button: 'Hand over', onClose }}
        ready={reason.trim().length >= 3}
      >
        <p>It was refused: {bill.reason}</p>
        <TextField
          label="What was corrected"
          required
          maxLength={500}
          value={reason}
          onChange={(e) => setReason(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

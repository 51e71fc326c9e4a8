/** Bill cycles: on which day of the month whose period begins. */
import type { BillCycleItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount } from '../lib/format.ts';
import { accountsOf } from '../lib/run-form.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { billingKeys, cyclesQuery } from './queries.ts';

export function CyclesPanel() {
  const query = useQuery(cyclesQuery);
  const may = useMay('billing:write');
  const [edited, setEdited] = useState<BillCycleItem | 'new'>();
  const columns: readonly Column<BillCycleItem>[] = [
    { name: 'Cycle', cell: ({ name }) => name },
    { name: 'Begins on day', num: true, cell: ({ dayOfMonth }) => dayOfMonth },
    { name: 'Accounts', num: true, cell: ({ accounts }) => formatCount(accounts) },
    {
      ...{ name: 'Actions', quiet: true, num: true },
      cell: (cycle) => may && <Button onClick={() => setEdited(cycle)}>Change …</Button>,
    },
  ];
  return (
    <Panel
      flush
      title="Cycles"
      note="accounts of none are billed by the calendar month"
      actions={
        may && (
          <Button icon="plus" onClick={() => setEdited('new')}>
            New cycle
          </Button>
        )
      }
    >
      <Ready query={query} what="cycles">
        {(cycles) => (
          <DataTable
            label="Bill cycles"
            columns={columns}
            rows={cycles}
            rowKey={({ name }) => name}
            empty={
              <Empty icon="run" title="There is no cycle">
                Every account is billed by the calendar month. Cycles spread the work over the month.
              </Empty>
            }
          />
        )}
      </Ready>
      {edited && (
        <CycleDialog cycle={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </Panel>
  );
}

function CycleDialog(props: { readonly cycle: BillCycleItem | undefined; readonly onClose: () => void }) {
  const { cycle, onClose } = props;
  const [name, setName] = useState(cycle?.name ?? '');
  const [day, setDay] = useState(String(cycle?.dayOfMonth ?? 1));
  const [accounts, setAccounts] = useState('');
  const added = accountsOf(accounts);
  const save = useSending({
    send: () =>
      send<BillCycleItem>('PUT', `/api/v1/bill-cycles/${encodeURIComponent(name.trim())}`, {
        body: { dayOfMonth: Number(day), ...(added.length > 0 && { accounts: added }) },
      }),
    keys: billingKeys,
    say: (saved) => `Cycle ${saved.name} is saved`,
    onClose,
  });
  return (
    <Dialog title={cycle ? `Cycle ${cycle.name}` : 'New cycle'} onClose={onClose}>
      <DialogForm action={save} what="save the cycle" button="Save it" busy="Saving …" onClose={onClose}>
        {!cycle && (
          <TextField
            {...{ label: 'Name', required: true, maxLength: 64 }}
            pattern="[A-Za-z0-9][A-Za-z0-9 ._\-]*"
            data-first
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
        )}
        <TextField
          {...{ label: 'Begins on day of the month', type: 'number', min: 1, max: 28, required: true }}
          value={day}
          onChange={(e) => setDay(e.target.value)}
        />
        <AreaField
          label="Accounts to put in it"
          help="Numbers with spaces, commas or lines between them. They leave the cycle they are in."
          rows={3}
          value={accounts}
          onChange={(e) => setAccounts(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

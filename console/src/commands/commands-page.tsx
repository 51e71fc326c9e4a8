/** Commands: orders and single commands with their live state, the safety policy, and new orders. */
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatWord } from '../lib/format.ts';
import { useLiveRefresh } from '../live.ts';
import { commandKeys } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';
import { TabbedPage } from '../ui/tabbed-page.tsx';
import { CommandDialog } from './command-dialog.tsx';
import { CommandTable } from './command-table.tsx';
import { OrderTable } from './order-table.tsx';
import { SafetyPanel } from './safety-panel.tsx';

const route = getRouteApi('/commands');

const states = [
  ...['awaiting_approval', 'queued', 'running', 'confirmed', 'failed'],
  ...['expired', 'cancelled', 'voided', 'draft'],
];

/** Keeps what is shown of commands current. */
export function useLiveCommands(): void {
  useLiveRefresh(['command', 'command-order'], [...commandKeys, 'meter']);
}

export function CommandsPage() {
  useLiveCommands();
  const search = route.useSearch();
  const go = useNavigate();
  const navigate = route.useNavigate();
  const [ordering, setOrdering] = useState(false);
  const may = useMay('commands:write');
  const state = states.includes(search.state ?? '') ? search.state : undefined;
  const filter = (
    <StateFilter
      value={state}
      onChange={(next) => void navigate({ search: (old) => ({ ...old, state: next }), replace: true })}
    />
  );
  const orders = (
    <Panel flush title="Orders" note="the newest first" actions={filter}>
      <OrderTable state={state} />
    </Panel>
  );
  const commands = (
    <Panel flush title="Commands" note="the newest first" actions={filter}>
      <CommandTable
        kinds
        meters
        filter={state ? { state } : {}}
        empty={state ? 'No command is in this state' : 'Nothing was ordered yet'}
      />
    </Panel>
  );
  return (
    <TabbedPage
      title="Commands"
      note="What people ask of meters, who agreed, and what reading the meters back confirmed"
      actions={
        may && (
          <Button look="primary" icon="plus" onClick={() => setOrdering(true)}>
            New command
          </Button>
        )
      }
      tabs={[
        { id: 'orders', label: 'Orders', panel: orders },
        { id: 'meters', label: 'By meter', panel: commands },
        { id: 'safety', label: 'Safety policy', panel: <SafetyPanel /> },
      ]}
      tab={search.tab}
      onTab={(tab) => void navigate({ search: (old) => ({ ...old, tab }), replace: true })}
    >
      {ordering && (
        <CommandDialog
          start={{}}
          onClose={() => setOrdering(false)}
          onDone={(orderId) => {
            setOrdering(false);
            void go({ to: '/commands/$orderId', params: { orderId: String(orderId) } });
          }}
        />
      )}
    </TabbedPage>
  );
}

function StateFilter(props: {
  readonly value: string | undefined;
  readonly onChange: (state: string | undefined) => void;
}) {
  return (
    <select
      className="input"
      style={{ width: 'auto' }}
      aria-label="State"
      value={props.value ?? ''}
      onChange={(e) => props.onChange(e.target.value || undefined)}
    >
      <option value="">State: any</option>
      {states.map((state) => (
        <option key={state} value={state}>
          {formatWord(state)}
        </option>
      ))}
    </select>
  );
}

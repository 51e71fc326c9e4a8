/** Commands: orders and single commands with their live state, the safety policy, and new orders. */
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { formatWord } from '../lib/format.ts';
import { useLiveRefresh } from '../live.ts';
import { useMay } from '../shell/session.tsx';
import { useTitle } from '../shell/shell.tsx';
import { Button } from '../ui/button.tsx';
import { PageHead, Panel } from '../ui/panel.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { CommandDialog } from './command-dialog.tsx';
import { CommandTable } from './command-table.tsx';
import { OrderTable } from './order-table.tsx';
import { SafetyPanel } from './safety-panel.tsx';

const route = getRouteApi('/commands');

const tabs = [
  { id: 'orders', label: 'Orders' },
  { id: 'meters', label: 'By meter' },
  { id: 'safety', label: 'Safety policy' },
];

const states = [
  ...['awaiting_approval', 'queued', 'running', 'confirmed', 'failed'],
  ...['expired', 'cancelled', 'voided', 'draft'],
];

/** Keeps what is shown of commands current. */
export function useLiveCommands(): void {
  useLiveRefresh(['command', 'command-order'], ['orders', 'order', 'commands', 'meter']);
}

export function CommandsPage() {
  useTitle('Commands');
  useLiveCommands();
  const search = route.useSearch();
  const go = useNavigate();
  const navigate = route.useNavigate();
  const [ordering, setOrdering] = useState(false);
  const may = useMay('commands:write');
  const open = tabs.find(({ id }) => id === search.tab)?.id ?? 'orders';
  const state = states.includes(search.state ?? '') ? search.state : undefined;
  return (
    <>
      <PageHead
        title="Commands"
        note="What people ask of meters, who agreed, and what reading the meters back confirmed"
        actions={
          may && (
            <Button look="primary" icon="plus" onClick={() => setOrdering(true)}>
              New command
            </Button>
          )
        }
      />
      <Tabs
        label="Commands"
        tabs={tabs}
        open={open}
        onOpen={(tab) => void navigate({ search: (old) => ({ ...old, tab }), replace: true })}
      >
        <div className="stack" style={{ paddingTop: '0.75rem' }}>
          {open === 'safety' ? (
            <SafetyPanel />
          ) : (
            <Panel
              flush
              title={open === 'orders' ? 'Orders' : 'Commands'}
              note="the newest first"
              actions={
                <StateFilter
                  value={state}
                  onChange={(next) =>
                    void navigate({ search: (old) => ({ ...old, state: next }), replace: true })
                  }
                />
              }
            >
              {open === 'orders' ? (
                <OrderTable state={state} />
              ) : (
                <CommandTable
                  kinds
                  meters
                  filter={state ? { state } : {}}
                  empty={state ? 'No command is in this state' : 'Nothing was ordered yet'}
                />
              )}
            </Panel>
          )}
        </div>
      </Tabs>
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
    </>
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

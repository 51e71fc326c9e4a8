/** What may be asked of this meter, and what was. */
import type { MeterDetail } from '@openami/server/contract';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { CommandDialog } from '../commands/command-dialog.tsx';
import { CommandTable } from '../commands/command-table.tsx';
import { useLiveCommands } from '../commands/commands-page.tsx';
import { readItems } from '../lib/read-items.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Panel } from '../ui/panel.tsx';

const actions = [
  { kind: 'read', label: 'Read now' },
  { kind: 'disconnect', label: 'Disconnect' },
  { kind: 'connect', label: 'Reconnect' },
  { kind: 'clock-set', label: 'Set clock' },
] as const;

/** Buttons that open the dialog for this meter. */
export function MeterActions({ meter }: { readonly meter: MeterDetail }) {
  const may = useMay('commands:write');
  const navigate = useNavigate();
  const [kind, setKind] = useState<string>();
  if (!may) return null;
  return (
    <div className="actions">
      {actions.map((action) => (
        <Button
          key={action.kind}
          look={action.kind === 'disconnect' ? 'danger' : 'plain'}
          onClick={() => setKind(action.kind)}
        >
          {action.label} …
        </Button>
      ))}
      {kind && (
        <CommandDialog
          start={{ kind, meters: [meter], params: { read: { items: readItems(meter.channels) } } }}
          onClose={() => setKind(undefined)}
          onDone={(orderId) => {
            setKind(undefined);
            void navigate({ to: '/commands/$orderId', params: { orderId: String(orderId) } });
          }}
        />
      )}
    </div>
  );
}

export function MeterCommands({ meterId }: { readonly meterId: number }) {
  useLiveCommands();
  return (
    <Panel flush title="Commands" note="the newest first">
      <CommandTable kinds filter={{ meter: meterId }} empty="Nothing was ordered for this meter yet" />
    </Panel>
  );
}

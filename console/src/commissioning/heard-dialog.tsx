/** Registers meters that are heard and need no key of their own: a selection of them becomes a job. */
import type { BulkJob } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { newKey, send } from '../api.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { toggled } from '../lib/toggled.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check } from '../ui/field.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { CodecField, CommodityField } from './list-dialog.tsx';
import { openDevicesQuery, openRadioQuery } from './queries.ts';

interface Offer {
  readonly name: string;
  readonly words: string;
}

export function HeardDialog({ onClose }: { readonly onClose: () => void }) {
  const radio = useQuery(openRadioQuery);
  const devices = useQuery(openDevicesQuery);
  return (
    <Dialog title="Register heard meters" wide onClose={onClose}>
      <Ready query={radio} what="who is heard">
        {(heard) => (
          <Ready query={devices} what="LoRaWAN devices">
            {(lorawan) => (
              <Choice
                offers={[
                  ...heard.items.map(({ name, medium }) => ({ name, words: medium })),
                  ...lorawan.items.map(({ devEui, deviceName }) => ({ name: devEui, words: deviceName })),
                ]}
                onClose={onClose}
              />
            )}
          </Ready>
        )}
      </Ready>
    </Dialog>
  );
}

function Choice({ offers, onClose }: { readonly offers: readonly Offer[]; readonly onClose: () => void }) {
  const [picked, setPicked] = useState<ReadonlySet<string>>(() => new Set(offers.map(({ name }) => name)));
  const [commodity, setCommodity] = useState('');
  const [codec, setCodec] = useState('');
  const [idempotencyKey] = useState(newKey);
  const names = offers.map(({ name }) => name).filter((name) => picked.has(name));
  const action = useSending({
    send: () =>
      send<BulkJob>('POST', '/api/v1/commissioning/jobs/heard', {
        body: { names, ...(commodity && { commodity }), ...(codec && { codec }) },
        idempotencyKey,
      }),
    keys: ['bulk-jobs'],
    say: ({ total }) => [
      `${formatCounted(total, 'meter')} are registered`,
      'The job stands below with its progress.',
    ],
    onClose,
  });
  if (offers.length === 0) {
    return (
      <Empty icon="radio" title="Nobody is heard who needs no key and is not registered">
        Meters that encrypt are registered with their key list.
      </Empty>
    );
  }
  return (
    <DialogForm
      action={action}
      what="register them"
      ready={names.length > 0}
      button={`Register ${formatCount(names.length)}`}
      busy="Sending …"
      onClose={onClose}
    >
      <p className="muted">
        Wireless M-Bus meters that do not encrypt, and LoRaWAN devices. Meters that encrypt are registered
        with their key list.
      </p>
      <div className="row">
        <Button look="quiet" onClick={() => setPicked(new Set(offers.map(({ name }) => name)))}>
          Select all {formatCount(offers.length)}
        </Button>
        <Button look="quiet" onClick={() => setPicked(new Set())}>
          Select none
        </Button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll everywhere */}
      <div className="pick-list" role="group" aria-label="Heard meters">
        {offers.map(({ name, words }) => (
          <Check
            key={name}
            label={`${name} ${words}`.trim()}
            checked={picked.has(name)}
            onChange={() => setPicked(toggled(picked, name))}
          />
        ))}
      </div>
      <div className="option-grid">
        <CommodityField value={commodity} onChange={(e) => setCommodity(e.target.value)} />
        <CodecField value={codec} onChange={(e) => setCodec(e.target.value)} />
      </div>
    </DialogForm>
  );
}

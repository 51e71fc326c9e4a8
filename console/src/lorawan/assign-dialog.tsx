/** A device gets its codec: what was kept of it is read. */
import type { CodecAssigned, LorawanDeviceItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { Check, SelectField, TextField } from '../ui/field.tsx';
import { toast } from '../ui/toast.tsx';
import { codecsQuery } from './queries.ts';

export function AssignDialog(props: { readonly device: LorawanDeviceItem; readonly onClose: () => void }) {
  const { device, onClose } = props;
  const { devEui } = device;
  const codecs = useQuery(codecsQuery).data?.items ?? [];
  const [codec, setCodec] = useState(device.codecId ?? '');
  const [meter, setMeter] = useState(device.meter === devEui ? '' : device.meter);
  const [all, setAll] = useState(false);
  const client = useQueryClient();
  const assign = useMutation({
    mutationFn: () =>
      send<CodecAssigned>('POST', `/api/v1/lorawan/devices/${devEui}/codec`, {
        body: { codec: codec === '' ? null : codec, meter: meter.trim(), all },
      }),
    onSuccess: async ({ read, failed, code }) => {
      const faults = failed === 0 ? '' : ` ${formatCounted(failed, 'uplink')} could not be read (${code}).`;
      toast(
        failed === 0 ? 'good' : 'warn',
        `${devEui} has its codec`,
        `${formatCounted(read, 'uplink')} of before gave readings.${faults}`,
      );
      await client.invalidateQueries();
      onClose();
    },
  });
  return (
    <Dialog title={`Codec of ${devEui}`} onClose={onClose}>
      <DialogForm action={assign} what="assign the codec" button="Assign" busy="Reading …" onClose={onClose}>
        <p className="muted">
          The codec makes readings of what the device sends. Uplinks that were kept and gave no readings are
          read with it.
        </p>
        <SelectField label="Codec" data-first value={codec} onChange={(e) => setCodec(e.target.value)}>
          <option value="">none</option>
          {codecs.map(({ id, enabled }) => (
            <option key={id} value={id}>
              {enabled ? id : `${id} (switched off)`}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Meter"
          help="Serial or address of its meter; none: the DevEUI"
          value={meter}
          onChange={(e) => setMeter(e.target.value)}
        />
        <Check label="Read again also what gave readings before" checked={all} onChange={setAll} />
      </DialogForm>
    </Dialog>
  );
}

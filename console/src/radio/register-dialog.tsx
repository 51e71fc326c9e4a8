/** A meter that is heard becomes a meter here: its key tried on what was kept of it, then registered. */
import { type Commodity, commodities } from '@openami/model';
import type { HeardItem, HeardRegistered, RadioKeyCheck } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ErrorBox, Notice, type Tone } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';

const keyForm = /^[0-9a-f]{32}$/i;

const verdicts: Readonly<Record<RadioKeyCheck['verdict'], readonly [Tone, string]>> = {
  'no-key': ['warn', 'The meter encrypts: give its key.'],
  right: ['good', 'This key opens it'],
  wrong: ['bad', 'This key does not open it'],
  plain: ['good', 'It is not encrypted: no key is needed'],
  unsupported: ['warn', 'It is encrypted in a way that is not known here'],
  damaged: ['warn', 'What was kept of it is damaged'],
};

export function RegisterDialog({
  heard,
  onClose,
}: {
  readonly heard: HeardItem;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState('');
  const [commodity, setCommodity] = useState<Commodity | ''>('');
  const client = useQueryClient();
  const navigate = useNavigate();
  const key = text.replace(/[\s:-]/g, '');
  const needsKey = heard.state === 'no-key' || heard.state === 'wrong-key';
  const path = `/api/v1/radio/heard/${encodeURIComponent(heard.name)}`;
  const given = key === '' ? {} : { key };
  const check = useMutation({
    mutationFn: () => send<RadioKeyCheck>('POST', `${path}/check-key`, { body: given }),
  });
  const register = useMutation({
    mutationFn: () =>
      send<HeardRegistered>('POST', `${path}/register`, {
        body: { ...given, ...(commodity ? { commodity } : {}) },
      }),
    onSuccess: async ({ meterId, moved }) => {
      toast(
        'good',
        `${heard.name} is registered`,
        `${formatCounted(moved, 'reading')} of before are in its channels.`,
      );
      await client.invalidateQueries();
      onClose();
      void navigate({ to: '/meters/$meterId', params: { meterId: String(meterId) } });
    },
  });
  const formFault = key !== '' && !keyForm.test(key);
  return (
    <Dialog title={`Register ${heard.name}`} onClose={onClose}>
      <DialogForm
        action={register}
        what="register the meter"
        ready={!formFault && (!needsKey || key !== '')}
        button="Register meter"
        busy="Registering …"
        onClose={onClose}
      >
        <p className="muted">
          It becomes a meter with a channel for each quantity it sends. What was kept of it is read, back to
          the first telegram. Install it at a usage point afterwards.
        </p>
        <TextField
          label="Key"
          data-first
          help={needsKey ? '32 hexadecimal digits' : '32 hexadecimal digits; none where it is not encrypted'}
          error={formFault ? `${key.length} characters of 32 hexadecimal digits` : undefined}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            check.reset();
          }}
        />
        <div>
          <Button
            disabled={formFault || (needsKey && key === '')}
            busy={check.isPending && 'Trying …'}
            onClick={() => check.mutate()}
          >
            Try the key
          </Button>
        </div>
        {check.data && <Verdict answer={check.data} />}
        {check.error != null && <ErrorBox error={check.error} what="try the key" />}
        <SelectField
          label="Commodity"
          value={commodity}
          onChange={(e) => setCommodity(e.target.value as Commodity | '')}
        >
          <option value="">as it says: {heard.medium}</option>
          {commodities.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </SelectField>
      </DialogForm>
    </Dialog>
  );
}

function Verdict({ answer: { verdict, of } }: { readonly answer: RadioKeyCheck }) {
  const [tone, title] = verdicts[verdict];
  const counts = Object.entries(of)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`);
  return (
    <Notice tone={tone} title={title}>
      {counts.length === 0 ? 'Nothing of it was kept yet.' : `Telegrams tried: ${counts.join(', ')}.`}
    </Notice>
  );
}

/** Deadlines of disputes, and the credit above which another person must agree. */
import type { DisputeSettings } from '@openami/server/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { get, send } from '../api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AmountField, TextField } from '../ui/field.tsx';
import { Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { disputeKeys } from './queries.ts';

const path = '/api/v1/dispute-settings';
const settingsQuery = queryOptions({
  queryKey: ['disputes', 'settings'],
  queryFn: ({ signal }) => get<DisputeSettings>(path, {}, signal),
});

export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const query = useQuery(settingsQuery);
  return (
    <Dialog title="Deadlines and credits" onClose={onClose}>
      <Ready query={query} what="the settings">
        {(settings) => <Fields settings={settings} onClose={onClose} />}
      </Ready>
    </Dialog>
  );
}

function Fields(props: { readonly settings: DisputeSettings; readonly onClose: () => void }) {
  const { settings, onClose } = props;
  const [answerDays, setAnswerDays] = useState(String(settings.answerDays));
  const [remindDays, setRemindDays] = useState(String(settings.remindDays));
  const [creditLimit, setCreditLimit] = useState(settings.creditLimit);
  const body = { answerDays: Number(answerDays), remindDays: Number(remindDays), creditLimit };
  const action = useSending({
    send: () => send<DisputeSettings>('PUT', path, { body }),
    ...{ keys: disputeKeys, say: 'Cases that are opened from now on go by it', onClose },
  });
  const from = (set: (text: string) => void) => (e: ChangeEvent<HTMLInputElement>) => set(e.target.value);
  return (
    <DialogForm {...{ action, onClose }} what="save it" button="Save it">
      <TextField
        {...{
          label: 'Days until a case is to be answered',
          type: 'number',
          min: 1,
          max: 365,
          required: true,
        }}
        data-first
        value={answerDays}
        onChange={from(setAnswerDays)}
      />
      <TextField
        {...{ label: 'Reminder, days before that', type: 'number', min: 0, max: 60, required: true }}
        value={remindDays}
        onChange={from(setRemindDays)}
      />
      <AmountField
        label="Credits above this need another person"
        required
        help="all credits of a case together, in its currency"
        value={creditLimit}
        onValue={setCreditLimit}
      />
    </DialogForm>
  );
}

/** Declares an event of a tariff, or withdraws one before it begins. */
import type { TariffEventItem, TariffEvents } from '@openami/server/contract';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatDateTime } from '../lib/format.ts';
import { instantAt } from '../lib/prices.ts';
import { isReason } from '../lib/reasons.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { useSending } from '../ui/use-sending.ts';
import { billingKeys } from './queries.ts';

export function DeclareDialog(props: {
  readonly tariff: string;
  readonly events: TariffEvents;
  readonly onClose: () => void;
}) {
  const { tariff, events, onClose } = props;
  const { zone } = events;
  const { nowMs } = useSiteClock();
  const [event, setEvent] = useState(events.known[0]!.event);
  const [day, setDay] = useState(() => dayText(dayOf(zone, nowMs() / 1_000) + 1));
  const [from, setFrom] = useState('17:00');
  const [to, setTo] = useState('20:00');
  const [reason, setReason] = useState('');
  const ready = day !== '' && from !== '' && to !== '' && isReason(reason);
  const declare = useSending({
    send: () =>
      send<TariffEventItem>('POST', `/api/v1/tariffs/${encodeURIComponent(tariff)}/events`, {
        body: {
          ...{ event, reason: reason.trim() },
          from: instantAt(zone, day, from).toISOString(),
          to: instantAt(zone, day, to).toISOString(),
        },
      }),
    keys: billingKeys,
    say: `Event ${event} of ${tariff} is declared`,
    onClose,
  });
  return (
    <Dialog title={`Declare an event of ${tariff}`} onClose={onClose}>
      <DialogForm
        action={declare}
        what="declare the event"
        button="Declare it"
        busy="Declaring …"
        ready={ready}
        onClose={onClose}
      >
        <SelectField label="Event" data-first value={event} onChange={(e) => setEvent(e.target.value)}>
          {events.known.map((one) => (
            <option key={one.event} value={one.event}>
              {one.name}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Day"
          help={`By the clock of ${zone}`}
          {...{ type: 'date', required: true }}
          value={day}
          onChange={(e) => setDay(e.target.value)}
        />
        <TextField
          label="From"
          {...{ type: 'time', required: true }}
          value={from}
          onChange={(e) => setFrom(e.target.value)}
        />
        <TextField
          label="To"
          {...{ type: 'time', required: true }}
          value={to}
          onChange={(e) => setTo(e.target.value)}
        />
        <ReasonInput
          help="It is kept, and customers read it where the bill is explained."
          value={reason}
          onValue={setReason}
        />
      </DialogForm>
    </Dialog>
  );
}

export function WithdrawDialog(props: { readonly event: TariffEventItem; readonly onClose: () => void }) {
  const { event, onClose } = props;
  const { zone } = useSiteClock();
  const [reason, setReason] = useState('');
  const withdraw = useSending({
    send: () =>
      send<TariffEventItem>('POST', `/api/v1/tariff-events/${event.id}/withdraw`, {
        body: { reason: reason.trim() },
      }),
    keys: billingKeys,
    say: `Event ${event.event} is withdrawn`,
    onClose,
  });
  return (
    <Dialog title="Withdraw the event?" onClose={onClose}>
      <DialogForm
        {...{ action: withdraw, look: 'danger', onClose, ready: isReason(reason) }}
        what="withdraw the event"
        button="Withdraw it"
        leave="Keep it"
      >
        <p>
          {event.event} of {event.tariff} from {formatDateTime(Date.parse(event.from), zone)} has no effect
          then.
        </p>
        <ReasonInput data-first value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

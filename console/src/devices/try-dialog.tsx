/** A message is tried against a mapping: what would be stored, and where; nothing is. */
import type { MappingItem, MappingTried } from '@openami/server/contract';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted, formatInterval, formatValue } from '../lib/format.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

type Message = MappingTried['messages'][number];

export function TryDialog(props: { readonly mapping: MappingItem; readonly onClose: () => void }) {
  const { mapping, onClose } = props;
  const [topic, setTopic] = useState(exampleTopic(mapping.topics[0]));
  const [message, setMessage] = useState('');
  const attempt = useMutation({
    mutationFn: () =>
      send<MappingTried>('POST', `/api/v1/mappings/${mapping.id}/try`, { body: { topic, message } }),
  });
  return (
    <Dialog title={`Try ${mapping.id}`} wide onClose={onClose}>
      <DialogForm
        action={attempt}
        what="read the message"
        ready={message !== ''}
        button="Try"
        busy="Reading …"
        leave="Close"
        onClose={onClose}
      >
        <p className="muted">
          A message as the device sends it. What it would store is shown; nothing is stored.
        </p>
        <TextField
          label="Topic"
          maxLength={512}
          help={mapping.topics.join(', ')}
          value={topic}
          onChange={(e) => setTopic(e.target.value)}
        />
        <AreaField
          label="Message"
          className="input code"
          data-first
          rows={6}
          spellCheck={false}
          value={message}
          onChange={(e) => {
            setMessage(e.target.value);
            attempt.reset();
          }}
        />
        <div role="status">{attempt.data && <Outcome tried={attempt.data} />}</div>
      </DialogForm>
    </Dialog>
  );
}

/** `tele/{device}/SENSOR` with something in its blanks. */
function exampleTopic(filter = ''): string {
  return filter
    .replaceAll(/\{([^}]*)\}/g, '$1')
    .replaceAll('+', 'x')
    .replace(/#$/, 'x');
}

function Outcome({ tried: { covers, isForIt, messages } }: { readonly tried: MappingTried }) {
  const readings = messages.flatMap(({ series }) => series).reduce((n, one) => n + one.readings.length, 0);
  return (
    <div className="stack">
      {!covers && (
        <Notice tone="warn" title="No topic of the mapping covers this one">
          <p>From the broker it would not get this message.</p>
        </Notice>
      )}
      {!isForIt || messages.length === 0 ? (
        <Notice title="The mapping has nothing to say of this message">
          <p>Its condition does not hold, or there is no meter in it. The message would be left to others.</p>
        </Notice>
      ) : (
        <p>
          <strong>{formatCounted(readings, 'reading')}</strong> of {formatCounted(messages.length, 'device')}
        </p>
      )}
      {messages.map((one, i) => (
        <DeviceOutcome key={i} message={one} />
      ))}
    </div>
  );
}

type Row = Message['series'][number] & { readonly at: number };

const columns: readonly Column<Row>[] = [
  { name: 'Quantity', cell: ({ quantity }) => <code>{quantity}</code> },
  { name: 'Kind', cell: ({ intervalS }) => formatInterval(intervalS) },
  { name: 'End', cell: ({ readings, at }) => <Time at={readings[at]!.end} seconds /> },
  {
    name: 'Value',
    num: true,
    cell: ({ readings, at, unit }) => {
      const { value, quality } = readings[at]!;
      return value === null ? quality : formatValue(value, unit);
    },
  },
  {
    name: 'Goes to',
    cell: ({ channelId }) =>
      channelId === null ? (
        <Badge tone="warn">no channel</Badge>
      ) : (
        <Badge tone="good">channel {channelId}</Badge>
      ),
  },
];

function DeviceOutcome({
  message: { meter, meterId, series, events, rejects },
}: {
  readonly message: Message;
}) {
  const rows = series.flatMap((one) => one.readings.map((_, at): Row => ({ ...one, at })));
  return (
    <section aria-label={meter} className="stack">
      <h3>
        {meterId === null ? (
          <>
            {meter} <Badge tone="warn">not registered</Badge>
          </>
        ) : (
          <Link to="/meters/$meterId" params={{ meterId: String(meterId) }}>
            {meter}
          </Link>
        )}
      </h3>
      {rows.length > 0 && (
        <DataTable
          label={`Readings of ${meter}`}
          columns={columns}
          rows={rows}
          rowKey={(_, place) => place}
          empty={null}
        />
      )}
      {events.map(({ code, at, detail }) => (
        <p key={`${code} ${at}`}>
          Event <code>{code}</code> at <Time at={at} seconds /> {detail}
        </p>
      ))}
      {rejects.length > 0 && (
        <Notice tone="bad" title={`${formatCounted(rejects.length, 'value')} could not be read`}>
          <ul>
            {rejects.map(({ quantity, value, code, detail }) => (
              <li key={`${quantity} ${detail}`}>
                <code>{code}</code> {quantity} {value}: {detail}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}

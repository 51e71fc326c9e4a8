/** What will happen, what the safety policy says to it, and what the meter has otherwise now. */
import type { CommandKindItem, CommandOrderItem, Preview, SafetyItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError, send } from '../api.ts';
import { formatCount, formatCounted } from '../lib/format.ts';
import { isTable } from '../lib/param-load.ts';
import { safetyQuery } from '../queries.ts';
import { useSiteClock } from '../site.tsx';
import { Button } from '../ui/button.tsx';
import { Check } from '../ui/field.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import type { ChosenMeter } from './meter-picker.tsx';
import { OrderFacts } from './order-facts.tsx';

export function ReviewStep(props: {
  readonly order: CommandOrderItem;
  readonly kind: CommandKindItem;
  readonly meters: readonly ChosenMeter[];
  readonly onBack: () => void;
  readonly onDone: () => void;
}) {
  const { order, kind, meters } = props;
  const [sure, setSure] = useState(false);
  const client = useQueryClient();
  const submit = useMutation({
    mutationFn: () => send<CommandOrderItem>('POST', `/api/v1/commands/orders/${order.id}/submit`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['orders'] });
      toast('good', order.needsApproval ? 'Asked for: it waits for a second person' : 'Ordered');
      props.onDone();
    },
  });
  const serials = meters.slice(0, 5).map(({ serial }) => serial);
  const more = meters.length > 5 ? ` and ${formatCount(meters.length - 5)} more` : '';
  return (
    <>
      <p data-first tabIndex={-1}>
        <strong>{kind.title}</strong>: {serials.join(', ')}
        {more}. Nothing was sent yet.
      </p>
      <OrderFacts order={order} />
      {kind.interrupts && (
        <Notice tone="bad" title={`${formatCounted(order.meters, 'customer')} may be left without supply`}>
          <p>
            Somebody may depend on it: make sure that the reason holds, that nobody vulnerable lives there,
            and that it is not paid meanwhile.
          </p>
        </Notice>
      )}
      <SafetyAnswer order={order} kind={kind} />
      {kind.acts && <Compare order={order} meter={meters[0]} count={meters.length} />}
      {kind.interrupts && (
        <Check
          label={`I checked that the supply of ${formatCounted(order.meters, 'meter')} may be interrupted`}
          checked={sure}
          onChange={setSure}
        />
      )}
      {submit.error && <ErrorBox error={submit.error} what="submit the order" />}
      <div className="dialog-actions">
        <Button onClick={props.onBack}>Back</Button>
        <Button onClick={props.onDone}>Keep as a draft</Button>
        <Button
          look={kind.interrupts ? 'danger' : 'primary'}
          disabled={kind.interrupts && !sure}
          busy={submit.isPending && 'Ordering …'}
          onClick={() => submit.mutate()}
        >
          {order.needsApproval ? 'Ask for approval' : 'Order it'}
        </Button>
      </div>
    </>
  );
}

function SafetyAnswer(props: { readonly order: CommandOrderItem; readonly kind: CommandKindItem }) {
  const { order, kind } = props;
  const { data: safety } = useQuery(safetyQuery);
  return (
    <Notice
      tone={order.needsApproval ? 'warn' : 'good'}
      title={
        order.needsApproval
          ? 'Safety policy: a second person must approve this'
          : 'Safety policy: no second person is needed'
      }
    >
      {order.needsApproval && <p>You cannot approve it yourself. It is sent once another person agreed.</p>}
      {kind.repeat === 'never' && (
        <p>It leaves once at most: once it may be in the meter, it is read back and never repeated.</p>
      )}
      {kind.interrupts && safety && <Caps safety={safety} />}
    </Notice>
  );
}

/** What holds interruptions back. */
function Caps({ safety }: { readonly safety: SafetyItem }) {
  const nowMs = useSiteClock().nowMs();
  const on = safety.moratoria.find((m) => Date.parse(m.from) <= nowMs && nowMs < Date.parse(m.until));
  return (
    <ul className="plain-list">
      {on && (
        <li>
          A moratorium is on until <Time at={on.until} />
          {on.reason && ` (${on.reason})`}: it waits for its end.
        </li>
      )}
      <li>
        At most {formatCounted(safety.maxPerHour, 'interruption')} an hour,{' '}
        {formatCount(safety.maxPerFeederPerHour)} of one feeder; more wait for their turn.
      </li>
      <li>A supply is not interrupted twice within {formatCount(safety.coolDownS / 60)} minutes.</li>
      <li>Protected usage points are refused; a payment voids it while it has not left.</li>
    </ul>
  );
}

/** Reads the meter and says what would change. Only when asked, as it costs a session; of tables at once. */
function Compare(props: {
  readonly order: CommandOrderItem;
  readonly meter: ChosenMeter | undefined;
  readonly count: number;
}) {
  const { order, meter } = props;
  const compare = useMutation({
    mutationFn: () => {
      const body = { meterId: meter?.id, kind: order.kind, params: order.params };
      return send<Preview>('POST', '/api/v1/commands/preview', { body });
    },
  });
  const { mutate } = compare;
  const atOnce = meter !== undefined && isTable(order.kind);
  useEffect(() => {
    if (atOnce) mutate();
  }, [atOnce, mutate]);
  if (!meter) return null;
  const { data, error } = compare;
  const counts = error instanceof ApiError && error.code === 'COMMAND_INVALID';
  return (
    <div className="stack" style={{ gap: '0.5rem' }}>
      <div className="row">
        <Button icon="search" busy={compare.isPending && 'Reading …'} onClick={() => compare.mutate()}>
          Read {meter.serial} and compare
        </Button>
        {props.count > 1 && <span className="muted small">the first of {formatCount(props.count)}</span>}
      </div>
      {data?.differences.length === 0 && (
        <Notice tone="good" role="status" title={`${meter.serial} is as wanted already`}>
          <p>Nothing would need to be sent to it.</p>
        </Notice>
      )}
      {data && data.differences.length > 0 && <Differences serial={meter.serial} {...data} />}
      {counts && (
        <Notice role="status" title="There is nothing to compare beforehand">
          <p>This command counts from what the meter has when it runs; it is read right before and after.</p>
        </Notice>
      )}
      {error && !counts && <ErrorBox error={error} what={`read ${meter.serial}`} />}
    </div>
  );
}

function Differences({ serial, differences }: Preview & { readonly serial: string }) {
  const title = `What would change in ${serial}`;
  return (
    <Notice role="status" title={title}>
      <ul className="plain-list" aria-label={title}>
        {differences.map(({ path, text }) => (
          <li key={path}>{text}</li>
        ))}
      </ul>
    </Notice>
  );
}

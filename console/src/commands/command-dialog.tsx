/**
 * Orders a command in two steps: what and for which meters, then what the server says to it. The order is a
 * draft until it is submitted, so that the answer of the safety policy is the server's own and nothing leaves
 * before a person has seen it.
 */
import type { CommandKindItem, CommandOrderItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { newKey, send } from '../api.ts';
import { blankDraft, type Draft, draftOf, paramValue } from '../lib/params.ts';
import { commandKindsQuery, safetyQuery } from '../queries.ts';
import { useSiteClock } from '../site.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Notice, Ready } from '../ui/states.tsx';
import { type ChosenMeter, MeterPicker } from './meter-picker.tsx';
import { ParamEditor } from './param-editor.tsx';
import { ReviewStep } from './review-step.tsx';

export interface CommandStart {
  readonly kind?: string;
  readonly meters?: readonly ChosenMeter[];
  /** Parameters to begin with, by kind. */
  readonly params?: Readonly<Record<string, unknown>>;
}

interface Wanted {
  readonly meters: readonly ChosenMeter[];
  readonly kind: string;
  readonly draft: Draft;
  readonly reason: string;
  readonly notBefore: string;
  readonly lifeH: string;
}

/** Calls `onDone` with the order once it is submitted or kept as a draft. */
export function CommandDialog(props: {
  readonly start: CommandStart;
  readonly onClose: () => void;
  readonly onDone: (orderId: number) => void;
}) {
  const kinds = useQuery(commandKindsQuery);
  const [order, setOrder] = useState<CommandOrderItem>();
  const client = useQueryClient();
  const [wanted, setWanted] = useState<Wanted>();
  const discard = async () => {
    if (!order) return;
    setOrder(undefined);
    // A draft that stays behind does no harm: it is listed, and expires.
    await send('POST', `/api/v1/commands/orders/${order.id}/cancel`).catch(() => undefined);
    await client.invalidateQueries({ queryKey: ['orders'] });
  };
  const close = () => {
    void discard();
    props.onClose();
  };
  const kind = kinds.data?.find((each) => each.name === (order?.kind ?? props.start.kind));
  const title = order || props.start.kind ? (kind?.title ?? 'Command') : 'New command';
  return (
    <Dialog title={title} wide onClose={close}>
      <Ready query={kinds} what="the kinds of commands">
        {(all) =>
          order && kind && wanted ? (
            <ReviewStep
              order={order}
              kind={kind}
              meters={wanted.meters}
              onBack={() => void discard()}
              onDone={() => props.onDone(order.id)}
            />
          ) : (
            <OrderForm
              kinds={all}
              start={props.start}
              wanted={wanted}
              onCancel={close}
              onDrafted={(made, from) => {
                setWanted(from);
                setOrder(made);
              }}
            />
          )
        }
      </Ready>
    </Dialog>
  );
}

const lives: readonly (readonly [hours: string, words: string])[] = [
  ['1', '1 hour'],
  ['24', '1 day'],
  ['168', '7 days'],
  ['720', '30 days'],
];
/** Kinds begin with what is usual. */
const usual: Readonly<Record<string, unknown>> = { 'clock-set': { toleranceS: 5 } };

function wantedAtFirst(kinds: readonly CommandKindItem[], start: CommandStart): Wanted {
  const kind = kinds.find(({ name }) => name === start.kind) ?? kinds.find(({ acts }) => !acts) ?? kinds[0]!;
  const base = { meters: start.meters ?? [], reason: '', notBefore: '', lifeH: '24' };
  return { ...base, kind: kind.name, draft: draftFor(kind, start) };
}

function draftFor(kind: CommandKindItem, start: CommandStart): Draft {
  const spec = kind.params;
  const given = start.params?.[kind.name] ?? usual[kind.name];
  return given === undefined ? blankDraft(spec) : draftOf(spec, given);
}

function OrderForm(props: {
  readonly kinds: readonly CommandKindItem[];
  readonly start: CommandStart;
  readonly wanted: Wanted | undefined;
  readonly onCancel: () => void;
  readonly onDrafted: (order: CommandOrderItem, from: Wanted) => void;
}) {
  const { kinds, start } = props;
  const [wanted, setWanted] = useState(() => props.wanted ?? wantedAtFirst(kinds, start));
  const { data: safety } = useQuery(safetyQuery);
  const clock = useSiteClock();
  const kind = kinds.find(({ name }) => name === wanted.kind)!;
  const spec = kind.params;
  const set = (change: Partial<Wanted>) => setWanted({ ...wanted, ...change });
  const check = useMutation({
    mutationFn: (idempotencyKey: string) => {
      const begin = wanted.notBefore === '' ? clock.nowMs() : Date.parse(`${wanted.notBefore}Z`);
      const body = {
        ...{ kind: kind.name, params: paramValue(spec, wanted.draft), draft: true, reason: wanted.reason },
        meterIds: wanted.meters.map(({ id }) => id),
        ...(wanted.notBefore === '' ? {} : { notBefore: new Date(begin).toISOString() }),
        expiresAt: new Date(begin + Number(wanted.lifeH) * 3_600_000).toISOString(),
      };
      return send<CommandOrderItem>('POST', '/api/v1/commands', { body, idempotencyKey });
    },
    onSuccess: (order) => props.onDrafted(order, wanted),
  });
  const none = wanted.meters.length === 0;
  return (
    <DialogForm
      action={{ ...check, mutate: () => check.mutate(newKey()) }}
      what="take this order"
      ready={!none}
      button="Check"
      busy="Checking …"
      onClose={props.onCancel}
    >
      <MeterPicker
        chosen={wanted.meters}
        most={safety?.maxMetersPerOrder ?? 10_000}
        onChange={(meters) => set({ meters })}
      />
      <SelectField
        label="Command"
        value={kind.name}
        help={kind.acts ? undefined : 'Only reads: it changes nothing in the meter'}
        onChange={(e) => {
          const next = kinds.find(({ name }) => name === e.target.value)!;
          set({ kind: next.name, draft: draftFor(next, start) });
        }}
      >
        {kinds.map(({ name, title }) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </SelectField>
      {kind.interrupts && (
        <Notice tone="warn" title="This may leave customers without supply">
          <p>You see what the safety policy says before anything is sent.</p>
        </Notice>
      )}
      <ParamEditor
        key={kind.name}
        kind={kind}
        draft={wanted.draft}
        meter={wanted.meters[0]}
        onChange={(draft) => set({ draft })}
      />
      <TextField
        label="Reason"
        required={kind.acts}
        maxLength={500}
        help={kind.acts ? 'Who approves reads it, and the audit trail keeps it' : 'May be left empty'}
        value={wanted.reason}
        onChange={(e) => set({ reason: e.target.value })}
      />
      <WhenFields wanted={wanted} onChange={set} />
    </DialogForm>
  );
}

function WhenFields(props: {
  readonly wanted: Wanted;
  readonly onChange: (change: Partial<Wanted>) => void;
}) {
  const { wanted, onChange } = props;
  return (
    <div className="option-grid">
      <TextField
        label="Not before, UTC"
        type="datetime-local"
        help="Empty: at once"
        value={wanted.notBefore}
        onChange={(e) => onChange({ notBefore: e.target.value })}
      />
      <SelectField
        label="Given up after"
        help="Nothing is sent later than this"
        value={wanted.lifeH}
        onChange={(e) => onChange({ lifeH: e.target.value })}
      >
        {lives.map(([hours, words]) => (
          <option key={hours} value={hours}>
            {words}
          </option>
        ))}
      </SelectField>
    </div>
  );
}

/** Reading plans: which meters, what is read of them, by when. Listed, made, changed, deleted. */
import type { PlanItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { send } from '../api.ts';
import { ParamFields } from '../commands/param-fields.tsx';
import { formatShare, formatWord } from '../lib/format.ts';
import { planAtFirst, planDraft, planOf, planSpec, spanWords } from '../lib/plan-form.ts';
import { plansQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';

export function PlansPanel() {
  const query = useQuery(plansQuery);
  const may = useMay('collection:write');
  const [edited, setEdited] = useState<PlanItem | 'new'>();
  const [removed, setRemoved] = useState<PlanItem>();
  return (
    <Panel
      flush
      title="Reading plans"
      actions={
        may && (
          <Button icon="plus" onClick={() => setEdited('new')}>
            New plan
          </Button>
        )
      }
    >
      <Ready query={query} what="reading plans">
        {(plans) =>
          plans.length === 0 ? (
            <Empty icon="collection" title="No reading plan">
              Nothing is fetched from meters until a plan says what and by when.
            </Empty>
          ) : (
            <PlanTable
              plans={plans}
              onEdit={may ? setEdited : undefined}
              onRemove={may ? setRemoved : undefined}
            />
          )
        }
      </Ready>
      {edited && (
        <PlanDialog item={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
      {removed && <RemoveDialog item={removed} onClose={() => setRemoved(undefined)} />}
    </Panel>
  );
}

interface Plan {
  readonly meters?: Readonly<Record<string, unknown>>;
  readonly read: readonly {
    readonly kind: string;
    readonly obis: string | readonly string[];
    readonly period: unknown;
  }[];
  readonly due: {
    readonly after: string;
    readonly levels: readonly { readonly share: number; readonly withinS: number }[];
  };
}

const periodWords = (period: unknown) => (typeof period === 'number' ? spanWords(period) : String(period));

/** `commodity electricity; model A1, B2`. */
function selectorWords(meters: Readonly<Record<string, unknown>> = {}): string {
  const parts = Object.entries(meters).map(([name, wanted]) =>
    Array.isArray(wanted) ? `${name} ${wanted.join(', ')}` : `${name} ${JSON.stringify(wanted)}`,
  );
  return parts.join('; ') || 'every meter';
}

function PlanTable(props: {
  readonly plans: readonly PlanItem[];
  readonly onEdit: ((plan: PlanItem) => void) | undefined;
  readonly onRemove: ((plan: PlanItem) => void) | undefined;
}) {
  return (
    <ScrollBox label="Reading plans">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Plan</th>
            <th scope="col">Meters</th>
            <th scope="col">Reads</th>
            <th scope="col">Due</th>
            <th scope="col">Changed</th>
            {props.onEdit && (
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {props.plans.map((item) => (
            <PlanRow key={item.code} item={item} onEdit={props.onEdit} onRemove={props.onRemove} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

function PlanRow(props: {
  readonly item: PlanItem;
  readonly onEdit: ((plan: PlanItem) => void) | undefined;
  readonly onRemove: ((plan: PlanItem) => void) | undefined;
}) {
  const { item, onEdit, onRemove } = props;
  const plan = item.plan as unknown as Plan;
  return (
    <tr>
      <td>
        <strong>{item.code}</strong>
      </td>
      <td>{selectorWords(plan.meters)}</td>
      <td>
        {plan.read.map((read) => (
          <div key={`${read.kind} ${[read.obis].flat().join()}`}>
            {formatWord(read.kind)} <code>{[read.obis].flat().join(', ')}</code> each{' '}
            {periodWords(read.period)}
          </div>
        ))}
      </td>
      <td>
        {plan.due.levels.map(({ share, withinS }) => (
          <div key={withinS}>
            {formatShare(share)} in {spanWords(withinS)} after the {plan.due.after}
          </div>
        ))}
      </td>
      <td>
        <Time at={item.updatedAt} />
      </td>
      {onEdit && onRemove && (
        <td className="num">
          <div className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
            <Button aria-label={`Change plan ${item.code}`} onClick={() => onEdit(item)}>
              Change …
            </Button>
            <Button look="danger" aria-label={`Delete plan ${item.code}`} onClick={() => onRemove(item)}>
              Delete …
            </Button>
          </div>
        </td>
      )}
    </tr>
  );
}

function PlanDialog({
  item,
  onClose,
}: {
  readonly item: PlanItem | undefined;
  readonly onClose: () => void;
}) {
  const before = item?.plan ?? planAtFirst;
  const [code, setCode] = useState(item?.code ?? '');
  const [draft, setDraft] = useState(() => planDraft(before));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      send('PUT', `/api/v1/reading-plans/${encodeURIComponent(code)}`, {
        body: planOf(draft, before),
        ...(item && { ifMatch: `"v${item.version}"` }),
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['reading-plans'] });
      toast('good', `Plan “${code}” saved: it holds from now on`);
      onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (!save.isPending) save.mutate();
  };
  return (
    <Dialog title={item ? `Plan “${item.code}”` : 'New reading plan'} wide onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextField
          label="Code"
          required
          maxLength={100}
          readOnly={item !== undefined}
          value={code}
          onChange={(e) => setCode(e.target.value)}
        />
        <Notice title="Periods are seconds, “day” or “month”">
          <p>Meters are read each “interval”, “day” or so many seconds.</p>
          <p>A list of meters that is left empty selects all. A share of 0.95 is 95 %.</p>
        </Notice>
        <ParamFields spec={planSpec} draft={draft} onChange={setDraft} />
        {save.error && <ErrorBox error={save.error} what="save the plan" />}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={save.isPending && 'Saving …'}>
            Save plan
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ item, onClose }: { readonly item: PlanItem; readonly onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => send('DELETE', `/api/v1/reading-plans/${encodeURIComponent(item.code)}`),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['reading-plans'] });
      toast('good', `Plan “${item.code}” deleted`);
      onClose();
    },
  });
  return (
    <Dialog title={`Delete plan “${item.code}”?`} onClose={onClose}>
      <p>What it read stays. Meters that no other plan selects are not read any more.</p>
      {remove.error && <ErrorBox error={remove.error} what="delete the plan" />}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending && 'Deleting …'} onClick={() => remove.mutate()}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}

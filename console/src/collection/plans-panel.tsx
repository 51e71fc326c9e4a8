/** Reading plans: which meters, what is read of them, by when. Listed, made, changed, deleted. */
import type { PlanItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { ParamFields } from '../commands/param-fields.tsx';
import { formatShare, formatWord } from '../lib/format.ts';
import { planAtFirst, planDraft, planOf, planSpec, spanWords } from '../lib/plan-form.ts';
import { plansQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import type { Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { ManagedList } from '../ui/managed-list.tsx';
import { Empty, Notice } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';

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

const planIn = ({ plan }: PlanItem) => plan as unknown as Plan;

const periodWords = (period: unknown) => (typeof period === 'number' ? spanWords(period) : String(period));

/** `commodity electricity; model A1, B2`. */
function selectorWords(meters: Readonly<Record<string, unknown>> = {}): string {
  const parts = Object.entries(meters).map(([name, wanted]) =>
    Array.isArray(wanted) ? `${name} ${wanted.join(', ')}` : `${name} ${JSON.stringify(wanted)}`,
  );
  return parts.join('; ') || 'every meter';
}

const columns: readonly Column<PlanItem>[] = [
  { name: 'Plan', cell: ({ code }) => <strong>{code}</strong> },
  { name: 'Meters', cell: (item) => selectorWords(planIn(item).meters) },
  {
    name: 'Reads',
    cell: (item) =>
      planIn(item).read.map((read) => (
        <div key={`${read.kind} ${[read.obis].flat().join()}`}>
          {formatWord(read.kind)} <code>{[read.obis].flat().join(', ')}</code> each {periodWords(read.period)}
        </div>
      )),
  },
  {
    name: 'Due',
    cell: (item) => {
      const { after, levels } = planIn(item).due;
      return levels.map(({ share, withinS }) => (
        <div key={withinS}>
          {formatShare(share)} in {spanWords(withinS)} after the {after}
        </div>
      ));
    },
  },
  { name: 'Changed', cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];

export function PlansPanel() {
  return (
    <ManagedList
      title="Reading plans"
      what="reading plans"
      query={useQuery(plansQuery)}
      queryKey="reading-plans"
      mayWrite={useMay('collection:write')}
      make="New plan"
      columns={columns}
      rowKey={({ code }) => code}
      nameOf={({ code }) => `plan ${code}`}
      empty={
        <Empty icon="collection" title="No reading plan">
          Nothing is fetched from meters until a plan says what and by when.
        </Empty>
      }
      editor={(item, onClose) => <PlanDialog item={item} onClose={onClose} />}
      remove={{ word: 'Delete', busy: 'Deleting …', label: 'Delete' }}
      removal={({ code }) => ({
        path: `/api/v1/reading-plans/${encodeURIComponent(code)}`,
        title: `Delete plan “${code}”?`,
        text: 'What it read stays. Meters that no other plan selects are not read any more.',
        what: 'delete the plan',
        done: `Plan “${code}” deleted`,
      })}
    />
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
  const save = useSending({
    send: () =>
      send('PUT', `/api/v1/reading-plans/${encodeURIComponent(code)}`, {
        body: planOf(draft, before),
        ifVersion: item?.version,
      }),
    keys: ['reading-plans'],
    say: `Plan “${code}” saved: it holds from now on`,
    onClose,
  });
  return (
    <Dialog title={item ? `Plan “${item.code}”` : 'New reading plan'} wide onClose={onClose}>
      <DialogForm action={save} what="save the plan" button="Save plan" busy="Saving …" onClose={onClose}>
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
      </DialogForm>
    </Dialog>
  );
}

/**
 * Below the chart: an estimate that is chosen and previewed, or values of one's own; applied with a reason.
 */
import type { VeeDay } from '@openami/server/contract';
import { useEffect, useRef, useState } from 'react';
import { editOf, slotLabel, takeColumn } from '../lib/day-edit.ts';
import { formatCounted } from '../lib/format.ts';
import { formatChange } from '../lib/work-list.ts';
import { Button } from '../ui/button.tsx';
import { SelectField } from '../ui/field.tsx';
import { ErrorBox, Loading } from '../ui/states.tsx';
import { ApplyDialog } from './apply-dialog.tsx';
import { MethodSelect, methodWords } from './methods.tsx';
import type { DayWork } from './use-day-work.ts';

interface ToolsProps {
  readonly day: VeeDay;
  readonly work: DayWork;
  readonly openIds: readonly number[];
}

export function DayTools(props: ToolsProps) {
  const { work } = props;
  if (work.mode === 'estimate') return <EstimateTools {...props} />;
  if (work.mode === 'edit') return <EditTools {...props} />;
  return (
    <div className="day-tools row">
      <Button onClick={() => work.begin('estimate')}>Choose an estimate …</Button>
      <Button onClick={() => work.begin('edit')} aria-keyshortcuts="d">
        Edit values …{' '}
        <span className="kbd" aria-hidden="true">
          d
        </span>
      </Button>
    </div>
  );
}

function EstimateTools({ day, work, openIds }: ToolsProps) {
  const [applying, setApplying] = useState(false);
  const { preview, previewError, span } = work;
  const slots = day.ends.map((end, slot) => (
    <option key={end} value={slot}>
      {slotLabel(day, slot)}
    </option>
  ));
  return (
    <section className="day-tools" aria-label="Estimate">
      <div className="option-grid">
        <MethodSelect value={work.method} onChange={work.setMethod} />
        <SelectField
          label="From interval"
          value={span.from}
          onChange={(e) => {
            const from = Number(e.target.value);
            work.setSpan({ from, to: Math.max(from, span.to) });
          }}
        >
          {slots}
        </SelectField>
        <SelectField
          label="To interval"
          value={span.to}
          onChange={(e) => {
            const to = Number(e.target.value);
            work.setSpan({ from: Math.min(to, span.from), to });
          }}
        >
          {slots}
        </SelectField>
      </div>
      {previewError ? (
        <ErrorBox error={previewError} what="estimate this" />
      ) : preview ? (
        <p role="status">
          {formatCounted(preview.after.length, 'interval')} would change, the sum by{' '}
          <strong>{formatChange(preview.change, preview.baseUnit)}</strong>. {methodWords(preview.method)}.
          {preview.needsApproval && ' It moves so much that a second person must approve.'}
        </p>
      ) : (
        <Loading what="the estimate" />
      )}
      <Actions
        focus
        label="Apply the estimate …"
        disabled={preview === undefined}
        onApply={() => setApplying(true)}
        onLeave={work.leave}
      />
      {applying && preview && (
        <ApplyDialog
          day={day}
          openIds={openIds}
          edit={{
            action: 'estimate',
            firstEnd: day.ends[span.from]!,
            lastEnd: day.ends[span.to]!,
            ...(work.method && { method: work.method }),
          }}
          basis={preview.basis}
          work={work}
          onClose={() => setApplying(false)}
        />
      )}
    </section>
  );
}

function EditTools({ day, work, openIds }: ToolsProps) {
  const [applying, setApplying] = useState(false);
  const edit = editOf(work.draft);
  const take = (column: readonly (number | null)[]) =>
    work.setDraft(takeColumn(day, work.draft, column, work.span.from, work.span.to));
  const has = (column: readonly (number | null)[]) => column.some((value) => value !== null);
  const { from, to } = work.span;
  return (
    <section className="day-tools" aria-label="Edit">
      <p>
        Drag points, or type and paste values into the table below. Fill {slotLabel(day, from)} to{' '}
        {slotLabel(day, to)} with:
      </p>
      <div className="row">
        {has(day.measured) && <Button onClick={() => take(day.measured)}>What was measured</Button>}
        {has(day.proposed) && <Button onClick={() => take(day.proposed)}>What is proposed</Button>}
        {has(day.weekBefore) && <Button onClick={() => take(day.weekBefore)}>The week before</Button>}
        {has(day.neighbours) && <Button onClick={() => take(day.neighbours)}>The neighbours</Button>}
      </div>
      <p role="status">
        {edit ? `${formatCounted(edit.values.length, 'interval')} changed` : 'Nothing is changed yet'}
      </p>
      <Actions
        label="Apply the edit …"
        disabled={edit === undefined}
        onApply={() => setApplying(true)}
        onLeave={work.leave}
      />
      {applying && edit && (
        <ApplyDialog
          day={day}
          openIds={openIds}
          edit={{ action: 'edit', ...edit }}
          basis={day.basis}
          work={work}
          onClose={() => setApplying(false)}
        />
      )}
    </section>
  );
}

function Actions(props: {
  readonly label: string;
  readonly disabled: boolean;
  /** The keyboard goes there as soon as there is something to apply. */
  readonly focus?: boolean;
  readonly onApply: () => void;
  readonly onLeave: () => void;
}) {
  const apply = useRef<HTMLDivElement>(null);
  const { focus, disabled } = props;
  useEffect(() => {
    if (focus && !disabled) apply.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [focus, disabled]);
  return (
    <div className="row" ref={apply}>
      <Button look="primary" disabled={disabled} onClick={props.onApply}>
        {props.label}
      </Button>
      <Button onClick={props.onLeave}>Leave as it is</Button>
    </div>
  );
}

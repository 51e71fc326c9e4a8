/** A new version of the rule set as text; what is wrong is said with its line. */
import type { RuleSetItem } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '../api.ts';
import { formatDay } from '../lib/format.ts';
import { type Place, readText, writeText } from '../lib/places.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { CodeField } from '../ui/code-field.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { FormSwitch } from '../ui/form-switch.tsx';
import { Panel } from '../ui/panel.tsx';
import { toast } from '../ui/toast.tsx';

export function SetEditor(props: {
  readonly rules: unknown;
  /** What it began with, in words. */
  readonly from: string;
  /** The newest version there is; 0 for none. */
  readonly version: number;
  readonly form: 'yaml' | 'json';
  readonly onForm: (form: 'yaml' | 'json') => void;
  readonly onClose: () => void;
}) {
  const { form, version, onClose } = props;
  const [text, setText] = useState(() => writeText(props.rules, form));
  const { zone, nowMs } = useSiteClock();
  const [effectiveFrom, setEffectiveFrom] = useState(() => dayText(dayOf(zone, nowMs() / 1_000) + 1));
  const [note, setNote] = useState('');
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (rules: unknown) =>
      send<RuleSetItem>('POST', '/api/v1/vee/rule-sets', {
        body: { effectiveFrom, rules, ...(note.trim() && { note: note.trim() }) },
        ...(version > 0 && { ifVersion: version }),
      }),
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ['vee'] });
      toast('good', `Version ${made.version} holds from ${formatDay(made.effectiveFrom, 'long')}`);
      onClose();
    },
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      const { lineOf } = readText(text);
      setPlaces(error.fields.map(({ path, message }) => ({ path, message, line: lineOf(path) })));
    },
  });
  const submit = () => {
    save.reset();
    const { value, problems } = readText(text);
    setPlaces(problems);
    if (problems.length === 0) save.mutate(value);
  };
  const change = (next: 'yaml' | 'json') => {
    const { value, problems } = readText(text);
    setPlaces(problems);
    if (problems.length > 0) return;
    setText(writeText(value, next));
    props.onForm(next);
  };
  return (
    <Panel
      title="A new version"
      note={`begun with ${props.from}`}
      actions={<FormSwitch form={form} onForm={change} />}
    >
      <DialogForm
        action={{ mutate: submit, isPending: save.isPending, error: places.length === 0 ? save.error : null }}
        what="save the version"
        button={`Save version ${version + 1}`}
        busy="Saving …"
        leave="Leave without saving"
        onClose={onClose}
      >
        <div className="option-grid">
          <TextField
            label="In force from"
            type="date"
            required
            value={effectiveFrom}
            onChange={(e) => setEffectiveFrom(e.target.value)}
          />
          <TextField label="Note" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} />
        </div>
        <CodeField label="Rule set" text={text} places={places} onText={setText} />
      </DialogForm>
    </Panel>
  );
}

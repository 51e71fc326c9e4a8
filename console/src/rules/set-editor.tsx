/** A new version of the rule set as text; what is wrong is said with its line. */
import type { RuleSetItem } from '@openami/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { ApiError, send } from '../api.ts';
import { formatCounted, formatDay } from '../lib/format.ts';
import { type Place, readText, writeText } from '../lib/places.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Notice } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';
import { FormSwitch } from './form-switch.tsx';

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
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
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
  const go = (line: number) => {
    const box = area.current;
    if (!box) return;
    const lines = text.split('\n');
    const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    box.focus();
    box.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
    box.scrollTop = (box.scrollHeight / lines.length) * Math.max(0, line - 4);
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
        <AreaField
          label="Rule set"
          ref={area}
          className="code-area"
          spellCheck={false}
          aria-invalid={places.length > 0 ? true : undefined}
          aria-describedby={places.length > 0 ? `${id}-wrong` : undefined}
          value={text}
          onChange={(e) => setText(e.target.value)}
        />
        {places.length > 0 && <Places id={`${id}-wrong`} places={places} onGo={go} />}
      </DialogForm>
    </Panel>
  );
}

function Places(props: {
  readonly id: string;
  readonly places: readonly Place[];
  readonly onGo: (line: number) => void;
}) {
  return (
    <Notice tone="bad" role="alert" title={`${formatCounted(props.places.length, 'place')} to mend`}>
      <ul id={props.id} className="plain-list">
        {props.places.map(({ path, message, line }) => (
          <li key={`${path} ${message}`}>
            {line !== undefined && (
              <button type="button" className="link-button" onClick={() => props.onGo(line)}>
                line {line}
              </button>
            )}{' '}
            {path && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

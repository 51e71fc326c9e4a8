/** A form for parameters of any shape: fields for values, boxes for lists and records. */
import type { ParamRecord, ParamSpec } from '@openami/model';
import { blankDraft, type Draft, isMoment, paramLabel, rowSpec } from '../lib/params.ts';
import { Button } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ParamTable } from './param-table.tsx';

export function ParamFields(props: {
  readonly spec: ParamRecord;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}) {
  const draft = props.draft as Readonly<Record<string, Draft>>;
  return Object.entries(props.spec.fields).map(([name, spec]) => (
    <Param
      key={name}
      label={paramLabel(name, spec)}
      help={props.spec.optional?.includes(name) ? (emptyMeans[name] ?? 'May be left empty') : undefined}
      spec={spec}
      optional={props.spec.optional?.includes(name) ?? false}
      draft={draft[name] ?? blankDraft(spec)}
      onChange={(next) => props.onChange({ ...draft, [name]: next })}
    />
  ));
}

/** What it means to leave a field empty. */
const emptyMeans: Readonly<Record<string, string>> = { activateAtS: 'Empty: at once' };

interface ParamProps<S extends ParamSpec = ParamSpec> {
  readonly label: string;
  readonly spec: S;
  readonly help?: string | undefined;
  readonly optional: boolean;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function Param(props: ParamProps) {
  const { label, spec, draft, optional, help, onChange } = props;
  if (spec.type === 'record') {
    return (
      <fieldset className="param-box">
        <legend>{label}</legend>
        <ParamFields spec={spec} draft={draft} onChange={onChange} />
      </fieldset>
    );
  }
  if (spec.type === 'list') return <ListParam {...props} spec={spec} />;
  const value = String(draft);
  if (spec.type === 'word') {
    return (
      <SelectField label={label} value={value} onChange={(e) => onChange(e.target.value)}>
        {spec.words.map((word) => (
          <option key={word}>{word}</option>
        ))}
      </SelectField>
    );
  }
  const set = (e: { target: { value: string } }) => onChange(e.target.value);
  const shared = { label, value, required: !optional, onChange: set };
  if (isMoment(spec)) return <TextField {...shared} help={help} type="datetime-local" />;
  if (spec.type === 'whole') {
    const { min, max } = spec;
    return <TextField {...shared} help={help} type="number" step={1} min={min} max={max} />;
  }
  if (spec.type === 'number') {
    return <TextField {...shared} help={help} type="number" step="any" min={spec.min} max={spec.max} />;
  }
  return <TextField {...shared} help={help} maxLength={spec.max} pattern={spec.pattern} spellCheck={false} />;
}

function ListParam(props: ParamProps<Extract<ParamSpec, { type: 'list' }>>) {
  const { label, spec, onChange } = props;
  const items = props.draft as readonly Draft[];
  const of = rowSpec(spec.of);
  if (of) return <ParamTable label={label} spec={{ ...spec, of }} draft={items} onChange={onChange} />;
  const plain = spec.of.type !== 'record' && spec.of.type !== 'list';
  return (
    <fieldset className="param-box" data-plain={spec.of.type === 'whole'}>
      <legend>{label}</legend>
      {items.map((item, i) => (
        <div key={i} className={plain ? 'param-item plain' : 'param-item'}>
          <Param
            label={`${label}, ${i + 1}`}
            spec={spec.of}
            optional={false}
            draft={item}
            onChange={(next) => onChange(items.map((old, at) => (at === i ? next : old)))}
          />
          {items.length > spec.min && (
            <Button
              look="quiet"
              icon="minus"
              aria-label={`Remove ${label}, ${i + 1}`}
              onClick={() => onChange(items.filter((_, at) => at !== i))}
            >
              Remove
            </Button>
          )}
        </div>
      ))}
      {items.length < spec.max && (
        <div className="row">
          <Button
            icon="plus"
            aria-label={`Add to ${label}`}
            onClick={() => onChange([...items, blankDraft(spec.of)])}
          >
            Add
          </Button>
        </div>
      )}
    </fieldset>
  );
}

/** A list of records of plain values as a table: a row each, a column a value. */
import type { ParamRecord, ParamSpec } from '@openami/model';
import { blankDraft, type Draft, isMoment, type ParamColumn, paramColumns } from '../lib/params.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';

type RecordDraft = Readonly<Record<string, Draft>>;
type Lines = Extract<ParamSpec, { type: 'list' }>;

export function ParamTable(props: {
  readonly label: string;
  readonly spec: Lines & { readonly of: ParamRecord };
  readonly draft: readonly Draft[];
  readonly onChange: (draft: readonly Draft[]) => void;
}) {
  const { label, spec, draft: rows, onChange } = props;
  const columns = paramColumns(spec.of);
  const set = (row: number, next: Draft) => onChange(rows.map((old, i) => (i === row ? next : old)));
  return (
    <fieldset className="param-box">
      <legend>{label}</legend>
      {rows.length > 0 && (
        <ScrollBox label={label}>
          <table className="table param-table">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.label} scope="col">
                    {column.label}
                  </th>
                ))}
                <th scope="col">
                  <span className="sr-only">Remove</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row, i) => (
                <tr key={i}>
                  {columns.map((column) => (
                    <td key={column.label}>
                      <Cell
                        label={`${label}, ${i + 1}: ${column.label}`}
                        column={column}
                        value={valueAt(row as RecordDraft, column)}
                        onChange={(value) => set(i, withValue(row as RecordDraft, column, value))}
                      />
                    </td>
                  ))}
                  <td>
                    {rows.length > spec.min && (
                      <IconButton
                        icon="minus"
                        label={`Remove ${label}, ${i + 1}`}
                        onClick={() => onChange(rows.filter((_, at) => at !== i))}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {rows.length < spec.max && (
        <div className="row">
          <Button
            icon="plus"
            aria-label={`Add to ${label}`}
            onClick={() => onChange([...rows, blankDraft(spec.of)])}
          >
            Add
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function valueAt(row: RecordDraft, { name, at }: ParamColumn): string {
  const value = row[name];
  return String((at === undefined ? value : (value as readonly Draft[] | undefined)?.[at]) ?? '');
}

function withValue(row: RecordDraft, { name, at, of }: ParamColumn, value: string): RecordDraft {
  if (at === undefined) return { ...row, [name]: value };
  const list = Array.from({ length: of }, (_, i) => (row[name] as readonly Draft[] | undefined)?.[i] ?? '');
  return { ...row, [name]: list.map((old, i) => (i === at ? value : old)) };
}

function Cell(props: {
  readonly label: string;
  readonly column: ParamColumn;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { column, value } = props;
  const { spec, optional } = column;
  const shared = {
    ...{ 'aria-label': props.label, className: 'input', value, required: !optional },
    onChange: (e: { target: { value: string } }) => props.onChange(e.target.value),
  };
  if (spec.type === 'word') {
    return (
      <select {...shared}>
        {spec.words.map((word) => (
          <option key={word}>{word}</option>
        ))}
      </select>
    );
  }
  if (isMoment(spec)) return <input {...shared} type="datetime-local" />;
  if (spec.type === 'whole' || spec.type === 'number') {
    const step = spec.type === 'whole' ? 1 : 'any';
    return <input {...shared} type="number" step={step} min={spec.min} max={spec.max} />;
  }
  if (spec.type !== 'text') return null;
  // As wide as what is usual: a name, a time, a code.
  const size = Math.min(spec.max, column.label === 'OBIS code' || column.label === 'Script' ? 18 : 10);
  return <input {...shared} size={size} maxLength={spec.max} pattern={spec.pattern} spellCheck={false} />;
}

/** The editor of a CSV mapping: a role above each column of the first rows, and the options of the file. */
import type { ImportPreview } from '@openami/server/contract';
import type { Dispatch } from 'react';
import {
  columnRoles,
  type MappingAction,
  type MappingState,
  mappingOption,
  type OptionPath,
  roleLabels,
} from '../lib/mapping.ts';
import { isZone } from '../lib/zone.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';

const shownRows = 12;

export function PreviewTable(props: {
  readonly preview: ImportPreview;
  readonly state: MappingState;
  readonly dispatch: Dispatch<MappingAction>;
}) {
  const { preview, state, dispatch } = props;
  if (preview.rows.length === 0) return <p className="muted">The sample holds no rows to show.</p>;
  return (
    <ScrollBox label="First rows of the file" className="panel">
      <table className="table preview-table">
        <thead>
          <tr>
            {preview.columns.map((column) => (
              <th key={column.index} scope="col">
                <div>{column.name || `Column ${column.index + 1}`}</div>
                <select
                  className="input"
                  aria-label={`Role of ${column.name || `column ${column.index + 1}`}`}
                  value={state.roles[column.index] ?? 'ignore'}
                  onChange={(e) => dispatch({ type: 'role', index: column.index, role: e.target.value })}
                >
                  {columnRoles.map((role) => (
                    <option key={role} value={role}>
                      {roleLabels[role]}
                    </option>
                  ))}
                </select>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.rows.slice(0, shownRows).map((row, r) => (
            <tr key={r}>
              {preview.columns.map((column) => (
                <td key={column.index} data-role={state.roles[column.index]}>
                  {row[column.index]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

interface OptionProps {
  readonly state: MappingState;
  readonly dispatch: Dispatch<MappingAction>;
}

export function MappingOptions({ state, dispatch }: OptionProps) {
  const text = (path: OptionPath) => String(mappingOption(state, path) ?? '');
  const set = (path: OptionPath, value: string | number | undefined) =>
    dispatch({ type: 'option', path, value });
  const zone = text('time.zone');
  return (
    <div className="option-grid">
      <SelectField
        label="A time stamp names"
        value={text('time.label') || 'end'}
        onChange={(e) => set('time.label', e.target.value)}
      >
        <option value="end">The end of its interval</option>
        <option value="start">The start of its interval</option>
      </SelectField>
      <TextField
        label="Time zone of stamps without one"
        value={zone}
        placeholder="Europe/Berlin, UTC or +10:00"
        error={zone !== '' && !isZone(zone) ? 'Not a known zone' : undefined}
        onChange={(e) => set('time.zone', e.target.value.trim())}
      />
      <TextField
        label="Time pattern"
        value={text('time.pattern')}
        help="iso, epoch-s, epoch-ms, or like dd.MM.yyyy HH:mm"
        onChange={(e) => set('time.pattern', e.target.value)}
      />
      <TextField
        label="Interval length, seconds"
        type="number"
        min={1}
        value={text('intervalS')}
        onChange={(e) => set('intervalS', e.target.value === '' ? undefined : Number(e.target.value))}
      />
      <SelectField
        label="Values are"
        value={text('values.kind') || 'interval'}
        onChange={(e) => set('values.kind', e.target.value)}
      >
        <option value="interval">Amounts in the interval (kWh, m³)</option>
        <option value="mean">Mean rates over the interval (kW)</option>
        <option value="register">Readings of a register</option>
        <option value="instant">Kept as they are (V, °C)</option>
      </SelectField>
      <TextField
        label="Unit, where the file names none"
        value={text('values.unit')}
        placeholder="kWh"
        onChange={(e) => set('values.unit', e.target.value.trim())}
      />
      <SelectField
        label="Decimal mark"
        value={text('decimal') || '.'}
        onChange={(e) => set('decimal', e.target.value)}
      >
        <option value=".">Point</option>
        <option value=",">Comma</option>
      </SelectField>
    </div>
  );
}

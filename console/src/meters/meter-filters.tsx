/** Filters above the meter table. Each change goes into the address, so that a view can be shared. */
import { commodities } from '@openami/model';
import { formatWord } from '../lib/format.ts';
import type { MeterSearch } from '../lib/search-params.ts';
import { Button, Segmented } from '../ui/button.tsx';
import { Check } from '../ui/field.tsx';
import { readStatusLabel } from '../ui/marks.tsx';
import { Popover } from '../ui/popover.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { columns, columnsText, type MeterColumn } from './columns.tsx';

const states = ['in_stock', 'installed', 'active', 'disconnected', 'removed', 'retired'];
const readStatuses = ['current', 'late', 'silent', 'never'];

export function MeterFilters(props: {
  readonly search: MeterSearch;
  readonly shown: readonly MeterColumn[];
  readonly onChange: (next: Partial<MeterSearch>) => void;
}) {
  const { search, onChange } = props;
  const filtered = Boolean(search.q || search.commodity || search.state || search.model || search.readStatus);
  const clear = {
    q: undefined,
    commodity: undefined,
    state: undefined,
    model: undefined,
    readStatus: undefined,
  };
  return (
    <form className="filters" aria-label="Filter meters" onSubmit={(e) => e.preventDefault()}>
      <TextFilter
        label="Serial, address, account or customer"
        hint="Serial, address, customer …"
        value={search.q}
        onChange={(q) => onChange({ q })}
      />
      <Choice
        label="Commodity"
        value={search.commodity}
        options={commodities}
        onChange={(commodity) => onChange({ commodity })}
      />
      <Choice label="State" value={search.state} options={states} onChange={(state) => onChange({ state })} />
      <Choice
        label="Read status"
        value={search.readStatus}
        options={readStatuses}
        text={readStatusLabel}
        onChange={(readStatus) => onChange({ readStatus })}
      />
      <TextFilter label="Model" value={search.model} onChange={(model) => onChange({ model })} short />
      {filtered && (
        <Button look="quiet" icon="close" onClick={() => onChange(clear)}>
          Clear
        </Button>
      )}
      <Popover label="Display" icon="columns">
        {() => (
          <>
            <Segmented
              label="Row height"
              value={search.density ?? 'comfortable'}
              onChange={(density) => onChange({ density: density === 'compact' ? density : undefined })}
              options={[
                { value: 'comfortable', label: 'Comfortable' },
                { value: 'compact', label: 'Compact' },
              ]}
            />
            <hr />
            {columns.map((column) => (
              <Check
                key={column.id}
                label={column.name}
                checked={props.shown.includes(column)}
                disabled={column.id === 'serial'}
                onChange={(on) => {
                  const others = props.shown.filter((c) => c !== column).map((c) => c.id);
                  onChange({ columns: columnsText(on ? [...others, column.id] : others) });
                }}
              />
            ))}
          </>
        )}
      </Popover>
    </form>
  );
}

function Choice(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly text?: (option: string) => string;
  readonly onChange: (value: string | undefined) => void;
}) {
  const text = props.text ?? formatWord;
  return (
    <select
      className="input"
      aria-label={props.label}
      value={props.value ?? ''}
      onChange={(e) => props.onChange(e.target.value || undefined)}
    >
      <option value="">{props.label}: any</option>
      {props.options.map((o) => (
        <option key={o} value={o}>
          {text(o)}
        </option>
      ))}
    </select>
  );
}

/**
 * A formula being written: channels and groups to put in, what is wrong and where, and its curve over some
 * days.
 */
import type { FormulaPreview, MeterList } from '@openami/server/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { ApiError, get, send } from '../api.ts';
import { formatInterval } from '../lib/format.ts';
import { errorAt, insertAt } from '../lib/formula.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { meterQuery } from '../queries.ts';
import { useSiteClock } from '../site.tsx';
import { AreaField, SelectField, TextField } from '../ui/field.tsx';
import { ErrorBox } from '../ui/states.tsx';
import { channelGroupsQuery } from '../vee/queries.ts';
import { FormulaChart } from './formula-chart.tsx';

const pauseMs = 400;
const previewDays = 7;

interface FieldProps {
  readonly formula: string;
  readonly unit: string;
  readonly intervalS: number;
  readonly onChange: (formula: string) => void;
}

export function FormulaField(props: FieldProps) {
  const { formula, onChange } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const { preview, error, loading } = usePreview(props);
  const at = errorAt(error instanceof ApiError ? error.fields : []);
  const put = (text: string) => {
    const box = area.current;
    const next = insertAt(
      formula,
      box?.selectionStart ?? formula.length,
      box?.selectionEnd ?? formula.length,
      text,
    );
    onChange(next.text);
    requestAnimationFrame(() => {
      box?.focus();
      box?.setSelectionRange(next.cursor, next.cursor);
    });
  };
  return (
    <>
      <AreaField
        label="Formula"
        ref={area}
        className="code-area"
        data-small
        required
        maxLength={4_000}
        spellCheck={false}
        aria-invalid={error ? true : undefined}
        help={
          <>
            Channels by number (<code>#412</code>), <code>+ - * /</code>, <code>sum(group)</code>,{' '}
            <code>max</code>, <code>min</code>, <code>mean</code>, <code>net(a, b)</code>,{' '}
            <code>positive(x)</code>, <code>losses(x, 4)</code>, <code>convert(x, 10.55 Wh)</code>
          </>
        }
        value={formula}
        onChange={(e) => onChange(e.target.value)}
      />
      <Inputs onPut={put} />
      {error && formula.trim() !== '' ? (
        <div className="formula-error">
          <ErrorBox error={error} what="work the formula out" />
          {at !== undefined && (
            <pre aria-hidden="true">
              {formula.split('\n').join(' ')}
              {'\n'}
              {' '.repeat(at)}▲
            </pre>
          )}
        </div>
      ) : preview ? (
        <FormulaChart preview={preview} unit={props.unit} intervalS={props.intervalS} />
      ) : (
        <p className="muted" role="status">
          {loading ? 'Working it out …' : 'What the formula makes of the last days is shown here.'}
        </p>
      )}
    </>
  );
}

function usePreview({ formula, unit, intervalS }: FieldProps) {
  const { zone, known, nowMs } = useSiteClock();
  const [asked, setAsked] = useState(formula);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(formula), pauseMs);
    return () => clearTimeout(timer);
  }, [formula]);
  const today = known ? dayOf(zone, nowMs() / 1_000) : 0;
  const body = { formula: asked, unit, intervalS, from: dayText(today - previewDays), to: dayText(today) };
  const query = useQuery({
    queryKey: ['vee', 'formula', body],
    queryFn: ({ signal }) =>
      send<FormulaPreview>('POST', '/api/v1/vee/virtual-channels/preview', { body, signal }),
    enabled: known && asked.trim() !== '' && unit.trim() !== '',
    retry: false,
  });
  return { preview: query.data, error: query.error, loading: query.isFetching };
}

/** Finds meters and puts their channels in; groups too. */
function Inputs({ onPut }: { readonly onPut: (text: string) => void }) {
  const [q, setQ] = useState('');
  const wanted = useDeferredValue(q.trim());
  const groups = useQuery(channelGroupsQuery);
  const hits = useQuery({
    queryKey: ['meters', 'for-formula', wanted],
    queryFn: ({ signal }) => get<MeterList>('/api/v1/meters', { q: wanted, limit: 4 }, signal),
    enabled: wanted.length >= 2,
    placeholderData: keepPreviousData,
  });
  const meters = wanted.length >= 2 ? (hits.data?.items ?? []) : [];
  return (
    <div className="option-grid">
      <div className="stack" style={{ gap: '0.5rem' }}>
        <TextField
          label="Find a channel by its meter"
          type="search"
          placeholder="Serial"
          value={q}
          onChange={(e) => setQ(e.target.value)}
        />
        {meters.map((meter) => (
          <Channels key={meter.id} meterId={meter.id} serial={meter.serial} onPut={onPut} />
        ))}
      </div>
      {(groups.data?.length ?? 0) > 0 && (
        <SelectField
          label="Put in a group"
          value=""
          onChange={(e) => e.target.value && onPut(`sum(${e.target.value})`)}
        >
          <option value="">Choose …</option>
          {groups.data?.map(({ code, name }) => (
            <option key={code} value={code}>
              {name || code}
            </option>
          ))}
        </SelectField>
      )}
    </div>
  );
}

function Channels(props: {
  readonly meterId: number;
  readonly serial: string;
  readonly onPut: (text: string) => void;
}) {
  const { data } = useQuery(meterQuery(props.meterId));
  const channels = data?.channels.filter(({ intervalS }) => intervalS > 0) ?? [];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere
    <div className="chips" role="group" aria-label={`Channels of ${props.serial}`}>
      <span>{props.serial}</span>
      {channels.map(({ id, alias, unit, intervalS }) => (
        <button key={id} type="button" className="chip" onClick={() => props.onPut(`#${id}`)}>
          #{id} {alias}, {unit}, {formatInterval(intervalS)}
        </button>
      ))}
    </div>
  );
}

/**
 * A formula being written: channels and groups to put in, what is wrong and where, and its curve over some
 * days.
 */
import type { FormulaPreview } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { ApiError, send } from '../api.ts';
import { errorAt, insertAt } from '../lib/formula.ts';
import { dayOf, dayText } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { AreaField, SelectField } from '../ui/field.tsx';
import { ErrorBox } from '../ui/states.tsx';
import { channelGroupsQuery } from '../vee/queries.ts';
import { ChannelFinder } from './channel-finder.tsx';
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

/** Puts channels and groups in. */
function Inputs({ onPut }: { readonly onPut: (text: string) => void }) {
  const groups = useQuery(channelGroupsQuery);
  return (
    <div className="option-grid">
      <ChannelFinder label="Find a channel by its meter" onPick={(id) => onPut(`#${id}`)} />
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

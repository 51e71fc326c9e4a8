/** A day as a table, to be read and, while editing, to be typed and pasted into. */
import type { VeeDay } from '@openami/server/contract';
import { type ClipboardEvent, type KeyboardEvent, useRef, useState } from 'react';
import {
  countsOf,
  type Draft,
  digitsOf,
  parseNumber,
  paste,
  scaleOf,
  slotLabel,
  withValue,
} from '../lib/day-edit.ts';
import { QualityMark } from '../ui/marks.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { toast } from '../ui/toast.tsx';
import { lookOf } from './day-draw.ts';

export function DayTable(props: {
  readonly day: VeeDay;
  readonly draft: Draft;
  readonly slot: number;
  readonly onSlot: (slot: number) => void;
  readonly onDraft?: (draft: Draft) => void;
}) {
  const { day, draft, slot, onDraft } = props;
  const box = useRef<HTMLDivElement>(null);
  const { toUnit } = scaleOf(day);
  const digits = digitsOf(day);
  const show = (counts: number | null | undefined) =>
    counts === null || counts === undefined ? '–' : toUnit(counts).toFixed(digits);
  return (
    <div ref={box}>
      <ScrollBox label="Intervals of the day" className="day-table">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Interval</th>
              <th scope="col" className="num">
                Measured
              </th>
              <th scope="col" className="num">
                Stands
              </th>
              <th scope="col">Quality</th>
              <th scope="col" className="num">
                Proposed
              </th>
              {onDraft && (
                <th scope="col" className="num">
                  New, {day.unit}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {day.ends.map((end, i) => (
              <tr key={end} data-at={i === slot} onFocus={() => props.onSlot(i)}>
                <th scope="row">{slotLabel(day, i)}</th>
                <td className="num">{show(day.measured[i])}</td>
                <td className="num">{show(day.current[i])}</td>
                <td>
                  <span title={day.reasons[i]!.join(', ')}>
                    <QualityMark code={lookOf(day.quality[i]!).code} />
                  </span>
                  {day.reasons[i]!.length > 0 && (
                    <span className="sr-only">, {day.reasons[i]!.join(', ')}</span>
                  )}
                </td>
                <td className="num">{show(day.proposed[i])}</td>
                {onDraft && (
                  <td className="num">
                    <ValueInput
                      key={`${end} ${draft.get(end)}`}
                      label={`New value ${slotLabel(day, i)}`}
                      text={
                        draft.has(end) ? (draft.get(end) === null ? '' : show(draft.get(end))) : undefined
                      }
                      before={show(day.current[i])}
                      countsOf={(text) => countsOf(day, parseNumber(text))}
                      onCounts={(counts) => onDraft(withValue(day, draft, i, counts))}
                      onBack={() => onDraft(new Map([...draft].filter(([key]) => key !== end)))}
                      onPaste={(text) => onDraft(pasted(day, draft, i, text))}
                      onStep={(by) => step(box.current, i + by)}
                    />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </div>
  );
}

function pasted(day: VeeDay, draft: Draft, slot: number, text: string): Draft {
  const { draft: next, taken, bad, beyond } = paste(day, draft, slot, text);
  const notes = [
    bad.length > 0 && `Lines ${bad.slice(0, 8).join(', ')} are no values of this channel.`,
    beyond > 0 && `${beyond} lines lie beyond the end of the day.`,
  ].filter(Boolean);
  toast(notes.length > 0 ? 'warn' : 'good', `${taken} values pasted`, notes.join(' '));
  return next;
}

function step(box: HTMLElement | null, to: number): void {
  const input = box?.querySelectorAll<HTMLInputElement>('input')[to];
  input?.focus();
  input?.select();
}

function ValueInput(props: {
  readonly label: string;
  /** The draft's; undefined where nothing is changed. */
  readonly text: string | undefined;
  readonly before: string;
  /** Undefined for what cannot be entered. */
  readonly countsOf: (text: string) => number | null | undefined;
  readonly onCounts: (counts: number | null) => void;
  readonly onBack: () => void;
  readonly onPaste: (text: string) => void;
  readonly onStep: (by: number) => void;
}) {
  const [text, setText] = useState(props.text ?? props.before);
  const counts = props.countsOf(text);
  const changed = props.text !== undefined;
  const commit = () => {
    if (counts === undefined || text === (props.text ?? props.before)) return;
    props.onCounts(counts);
  };
  const onKey = (e: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[e.key];
    if (by !== undefined) {
      e.preventDefault();
      commit();
      props.onStep(by);
    } else if (e.key === 'Escape') {
      e.preventDefault();
      setText(props.before);
      props.onBack();
    }
  };
  const onPaste = (e: ClipboardEvent) => {
    const given = e.clipboardData.getData('text/plain');
    if (!/[\n\t]/.test(given.trim())) return;
    e.preventDefault();
    props.onPaste(given);
  };
  return (
    <input
      className="input value-input"
      inputMode="decimal"
      aria-label={props.label}
      aria-invalid={counts === undefined ? true : undefined}
      title={counts === undefined ? 'Not a value that this channel can have' : undefined}
      data-changed={changed}
      value={text}
      placeholder="missing"
      onChange={(e) => setText(e.target.value)}
      onBlur={commit}
      onKeyDown={onKey}
      onPaste={onPaste}
    />
  );
}

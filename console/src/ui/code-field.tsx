/** A text that is data, YAML or JSON, with what is wrong in it said with its line. */
import { type CSSProperties, useId, useMemo, useRef } from 'react';
import { formatCounted } from '../lib/format.ts';
import type { Place } from '../lib/places.ts';
import { Labelled } from './field.tsx';
import { Notice } from './states.tsx';

export function CodeField(props: {
  readonly label: string;
  readonly text: string;
  readonly places: readonly Place[];
  /** What is said of a text while it is typed does not interrupt. */
  readonly whileTyping?: boolean;
  readonly onText: (text: string) => void;
}) {
  const { text, places } = props;
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const id = useId();
  const lineCount = useMemo(() => text.split('\n').length, [text]);
  const follow = () => {
    if (numbers.current) numbers.current.style.translate = `0 ${-(area.current?.scrollTop ?? 0)}px`;
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
  const wrong = places.length > 0;
  return (
    <>
      <Labelled label={props.label}>
        {(ties) => (
          <div className="numbered" style={{ '--digits': String(lineCount).length } as CSSProperties}>
            <textarea
              {...ties}
              ref={area}
              className="code-area"
              wrap="off"
              spellCheck={false}
              aria-invalid={wrong ? true : undefined}
              aria-describedby={wrong ? `${id}-wrong` : undefined}
              value={text}
              onChange={(e) => props.onText(e.target.value)}
              onScroll={follow}
            />
            <div className="line-numbers" aria-hidden="true">
              <div ref={numbers}>
                {numbersTo(lineCount)}
                {[...new Set(places.map(({ line }) => line))].map(
                  (line) => line && <mark key={line} style={{ top: `${line - 1}lh` }} />,
                )}
              </div>
            </div>
          </div>
        )}
      </Labelled>
      {wrong && (
        <Notice
          tone="bad"
          role={props.whileTyping ? 'status' : 'alert'}
          title={`${formatCounted(places.length, 'place')} to mend`}
        >
          <ul id={`${id}-wrong`} className="plain-list">
            {places.map(({ path, message, line }) => (
              <li key={`${path} ${message}`}>
                {line !== undefined && (
                  <button type="button" className="link-button" onClick={() => go(line)}>
                    line {line}
                  </button>
                )}{' '}
                {path && <code>{path}</code>} {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

function numbersTo(last: number): string {
  return Array.from({ length: last }, (_, i) => i + 1).join('\n');
}

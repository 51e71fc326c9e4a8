/** A text that rows must hold; waits until typing pauses before the server is asked. */
import { useEffect, useState } from 'react';

const typingPauseMs = 300;

export function TextFilter(props: {
  readonly label: string;
  readonly value: string | undefined;
  /** Shown while it is empty, where the label is too long for that. */
  readonly hint?: string;
  readonly short?: boolean;
  readonly onChange: (value: string | undefined) => void;
}) {
  const { value, onChange } = props;
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  useEffect(() => {
    const trimmed = text.trim();
    if (trimmed === (value ?? '')) return;
    const timer = setTimeout(() => onChange(trimmed || undefined), typingPauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <input
      className={props.short ? 'input' : 'input text-filter'}
      type="search"
      aria-label={props.label}
      placeholder={props.hint ?? props.label}
      value={text}
      onChange={(e) => setText(e.target.value)}
    />
  );
}

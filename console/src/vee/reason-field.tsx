/** Why: required, with the last reasons a click away. */
import { useEffect, useId, useRef } from 'react';

export function ReasonField(props: {
  readonly reason: string;
  readonly offers: readonly string[];
  readonly onChange: (reason: string) => void;
  /** The keyboard begins here. */
  readonly first?: boolean;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (props.first) input.current?.select();
  }, [props.first]);
  return (
    <div className="field">
      <label htmlFor={id}>Reason</label>
      <input
        ref={input}
        id={id}
        className="input"
        required
        minLength={3}
        maxLength={500}
        data-first={props.first}
        value={props.reason}
        onChange={(e) => props.onChange(e.target.value)}
        aria-describedby={`${id}-note`}
      />
      <span id={`${id}-note`} className="help">
        It is kept with the readings. Enter confirms.
      </span>
      {props.offers.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out inline everywhere
        <div className="chips" role="group" aria-label="Reasons used before">
          {props.offers.map((offer) => (
            <button
              key={offer}
              type="button"
              className="chip"
              aria-pressed={offer === props.reason}
              onClick={() => {
                props.onChange(offer);
                input.current?.focus();
              }}
            >
              {offer}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

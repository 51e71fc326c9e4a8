/** Labelled inputs. Help and errors are tied to the input, so that they are read out with it. */
import { type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly help?: string;
  readonly error?: string;
}

export function TextField(props: FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, 'id'>) {
  const { label, help, error, ...rest } = props;
  const id = useId();
  const note = error ?? help;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        className="input"
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
      />
      {note && (
        <span id={`${id}-note`} className={error ? 'error' : 'help'}>
          {note}
        </span>
      )}
    </div>
  );
}

export function SelectField(
  props: FieldProps & SelectHTMLAttributes<HTMLSelectElement> & { readonly children: ReactNode },
) {
  const { label, help, error, children, ...rest } = props;
  const id = useId();
  const note = error ?? help;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select {...rest} id={id} className="input" aria-describedby={note ? `${id}-note` : undefined}>
        {children}
      </select>
      {note && (
        <span id={`${id}-note`} className={error ? 'error' : 'help'}>
          {note}
        </span>
      )}
    </div>
  );
}

export function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(e) => props.onChange(e.target.checked)}
      />
      {props.label}
    </label>
  );
}

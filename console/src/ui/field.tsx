/** Labelled inputs. Help and errors are tied to the input, so that they are read out with it. */
import { type ComponentProps, type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string;
}

/** What ties an input to its label and to what is said below it. */
interface Ties {
  readonly id: string;
  readonly 'aria-invalid': true | undefined;
  readonly 'aria-describedby': string | undefined;
}

/** A label, an input, and what is said below it. */
export function Labelled(props: FieldProps & { readonly children: (ties: Ties) => ReactNode }) {
  const { label, help, error } = props;
  const id = useId();
  const note = error ?? help;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {props.children({
        id,
        'aria-invalid': error ? true : undefined,
        'aria-describedby': note ? `${id}-note` : undefined,
      })}
      {note && (
        <span id={`${id}-note`} className={error ? 'error' : 'help'}>
          {note}
        </span>
      )}
    </div>
  );
}

export function TextField(props: FieldProps & Omit<ComponentProps<'input'>, 'id'>) {
  const { label, help, error, ...rest } = props;
  return (
    <Labelled {...{ label, help, error }}>
      {(ties) => <input {...rest} {...ties} className="input" />}
    </Labelled>
  );
}

/** An amount of money. */
export function AmountField({
  onValue,
  ...rest
}: Omit<ComponentProps<typeof TextField>, 'onChange'> & { readonly onValue: (value: string) => void }) {
  return (
    <TextField
      inputMode="decimal"
      pattern="[0-9]{1,9}(\.[0-9]{1,2})?"
      title="A number like 20 or 12.50"
      {...rest}
      onChange={(e) => onValue(e.target.value)}
    />
  );
}

export function SelectField(props: FieldProps & Omit<ComponentProps<'select'>, 'id'>) {
  const { label, help, error, ...rest } = props;
  return (
    <Labelled {...{ label, help, error }}>
      {(ties) => <select {...rest} {...ties} className="input" />}
    </Labelled>
  );
}

/** Text of several lines. Its class says whether it is code. */
export function AreaField(props: FieldProps & Omit<ComponentProps<'textarea'>, 'id'>) {
  const { label, help, error, ...rest } = props;
  return (
    <Labelled {...{ label, help, error }}>
      {(ties) => <textarea {...ties} className="input" {...rest} />}
    </Labelled>
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

/** Why something is done: asked for wherever it is kept. */
import type { ComponentProps } from 'react';
import { TextField } from './field.tsx';

export function ReasonInput({
  help = 'It is kept',
  onValue,
  ...rest
}: Omit<ComponentProps<typeof TextField>, 'label' | 'onChange'> & {
  readonly onValue: (value: string) => void;
}) {
  return (
    <TextField
      label="Reason"
      required
      minLength={3}
      maxLength={500}
      {...{ help, ...rest }}
      onChange={(e) => onValue(e.target.value)}
    />
  );
}

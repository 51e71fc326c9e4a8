/** How a text that is data is written. */
import { Segmented } from './button.tsx';

export type Form = 'yaml' | 'json';

export function FormSwitch({ form, onForm }: { readonly form: Form; readonly onForm: (form: Form) => void }) {
  return (
    <Segmented
      label="Written as"
      value={form}
      onChange={onForm}
      options={[
        { value: 'yaml', label: 'YAML' },
        { value: 'json', label: 'JSON' },
      ]}
    />
  );
}

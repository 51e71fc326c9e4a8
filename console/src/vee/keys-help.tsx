/** The keys of a page, and a switch that turns them off. */
import { Dialog } from '../ui/dialog.tsx';
import { Check } from '../ui/field.tsx';
import { setKeys, useKeysOn } from './use-keys.ts';

export function KeysHelp(props: {
  readonly keys: readonly (readonly [key: string, what: string])[];
  readonly onClose: () => void;
}) {
  const on = useKeysOn();
  return (
    <Dialog title="Keys" onClose={props.onClose}>
      <dl className="facts keys-help">
        {props.keys.map(([key, what]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Check label="Single keys are on in this browser" checked={on} onChange={setKeys} />
    </Dialog>
  );
}

/** Changes the safety policy. What loosens it is a proposal that another administrator puts in force. */
import type { SafetyItem } from '@openami/server/contract';
import { useState } from 'react';
import { send } from '../api.ts';
import type { Draft } from '../lib/params.ts';
import { type SafetyForm, safetyChange, safetyForm, safetyLists, safetyNumbers } from '../lib/safety-form.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, Check, TextField } from '../ui/field.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { useSending } from '../ui/use-sending.ts';
import { ParamFields } from './param-fields.tsx';
import { useKinds } from './words.tsx';

export function SafetyDialog(props: { readonly safety: SafetyItem; readonly onClose: () => void }) {
  const { safety, onClose } = props;
  const [form, setForm] = useState(() => safetyForm(safety));
  const [reason, setReason] = useState('');
  const set = (change: Partial<SafetyForm>) => setForm({ ...form, ...change });
  const save = useSending({
    send: () => {
      const body = { ...safetyChange(form), reason };
      return send<SafetyItem>('PUT', '/api/v1/commands/safety', { body, ifVersion: safety.version });
    },
    keys: ['command-safety'],
    say: ({ proposal }) =>
      proposal ? 'Proposed: another administrator must agree' : 'The policy is in force',
    onClose,
  });
  return (
    <Dialog title="Change the safety policy" wide onClose={onClose}>
      <DialogForm action={save} what="change the policy" button="Change it" busy="Saving …" onClose={onClose}>
        <p>
          What only tightens it is in force at once. What loosens it anywhere waits for another administrator.
        </p>
        <div className="option-grid">
          {safetyNumbers.map(({ name, label, help, min, max }) => (
            <TextField
              key={name}
              {...{ label, help, min, max }}
              type="number"
              required
              step={1}
              value={form[name]}
              onChange={(e) => set({ [name]: e.target.value })}
            />
          ))}
        </div>
        <FourEyesKinds chosen={form.fourEyesAlways} onChange={(fourEyesAlways) => set({ fourEyesAlways })} />
        <ParamFields
          spec={safetyLists}
          draft={{ moratoria: form.moratoria }}
          onChange={(lists) => set({ moratoria: (lists as { moratoria: readonly Draft[] }).moratoria })}
        />
        <Check
          label="Firmware images must be signed by a trusted signer"
          checked={form.requireSignature}
          onChange={(requireSignature) => set({ requireSignature })}
        />
        <Signers signers={form.signers} onChange={(signers) => set({ signers })} />
        <ReasonInput
          help="Who must agree reads it, and the audit trail keeps it"
          minLength={1}
          value={reason}
          onValue={setReason}
        />
      </DialogForm>
    </Dialog>
  );
}

function FourEyesKinds(props: {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const { chosen, onChange } = props;
  const kinds = [...useKinds().values()];
  return (
    <fieldset className="param-box">
      <legend>Always a second person for</legend>
      <div className="option-grid">
        {kinds.map(({ name, title }) => (
          <Check
            key={name}
            label={title}
            checked={chosen.includes(name)}
            onChange={(on) => onChange(on ? [...chosen, name] : chosen.filter((each) => each !== name))}
          />
        ))}
      </div>
    </fieldset>
  );
}

type Signer = SafetyItem['signers'][number];

/** Keys have several lines. */
function Signers(props: {
  readonly signers: readonly Signer[];
  readonly onChange: (signers: readonly Signer[]) => void;
}) {
  const { signers, onChange } = props;
  const set = (at: number, change: Partial<Signer>) =>
    onChange(signers.map((old, i) => (i === at ? { ...old, ...change } : old)));
  return (
    <fieldset className="param-box">
      <legend>Trusted signers of firmware</legend>
      {signers.map((signer, i) => (
        <div key={i} className="param-item">
          <TextField
            label={`Name of signer ${i + 1}`}
            required
            maxLength={100}
            value={signer.name}
            onChange={(e) => set(i, { name: e.target.value })}
          />
          <AreaField
            label={`Public key of signer ${i + 1}, PEM`}
            className="input code"
            required
            rows={5}
            maxLength={2000}
            spellCheck={false}
            value={signer.publicKey}
            onChange={(e) => set(i, { publicKey: e.target.value })}
          />
          <Button
            look="quiet"
            icon="minus"
            aria-label={`Remove signer ${i + 1}`}
            onClick={() => onChange(signers.filter((_, at) => at !== i))}
          >
            Remove
          </Button>
        </div>
      ))}
      <div className="row">
        <Button icon="plus" onClick={() => onChange([...signers, { name: '', publicKey: '' }])}>
          Add a signer
        </Button>
      </div>
    </fieldset>
  );
}

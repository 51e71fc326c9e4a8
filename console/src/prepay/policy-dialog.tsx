/** A prepay policy being written: every member as a field. */
import type { PrepayPolicyItem } from '@openami/server/contract';
import { type ChangeEvent, useState } from 'react';
import { send } from '../api.ts';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, Check, TextField } from '../ui/field.tsx';
import { ReasonInput } from '../ui/reason-input.tsx';
import { useSending } from '../ui/use-sending.ts';
import { prepayKeys, prepayUrl } from './queries.ts';

type Policy = PrepayPolicyItem['document'];

const first: Policy = {
  ...{ currency: 'EUR', lowCredit: '5.00', lowDays: 3, emergencyCredit: '5.00', reconnectMinimum: '2.00' },
  ...{ debtSharePercent: 20, disconnects: true, graceHours: 24, cutFrom: '09:00', cutUntil: '14:00' },
  ...{ friendlyDays: [5, 6, 7], holidays: [] },
};
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Names of members, what they are called, and how they are typed. */
const amounts = [
  ['lowCredit', 'Warn at', 'in money'],
  ['emergencyCredit', 'Lend', 'once credit runs out; 0 for nothing'],
  ['reconnectMinimum', 'On again with at least', 'left after the payment'],
] as const;
const numbers = [
  ['lowDays', 'Warn at, days', 'of usual usage', 90],
  ['debtSharePercent', 'To old debt, %', 'of each payment', 90],
  ['graceHours', 'Grace, hours', 'between the notice and the cut', 720],
] as const;
const clocks = [
  ['cutFrom', 'Cut from'],
  ['cutUntil', 'Cut until'],
] as const;

export function PolicyDialog(props: {
  readonly policy: PrepayPolicyItem | undefined;
  readonly onClose: () => void;
}) {
  const { policy, onClose } = props;
  const [code, setCode] = useState(policy?.code ?? '');
  const [document, setDocument] = useState<Policy>(policy?.document ?? first);
  const [holidays, setHolidays] = useState(() => (policy?.document ?? first).holidays.join('\n'));
  const [reason, setReason] = useState('');
  const days = holidays.split(/[\s,]+/).filter((day) => day !== '');
  const action = useSending({
    send: () =>
      send('POST', `${prepayUrl}/policies`, {
        body: { code: code.trim(), document: { ...document, holidays: days }, reason },
      }),
    keys: prepayKeys,
    say: ['Proposed', 'It is in force once another administrator approved it.'],
    onClose,
  });
  return (
    <Dialog wide title={policy ? `Change of ${policy.code}` : 'A prepay policy'} onClose={onClose}>
      <DialogForm {...{ action, onClose }} what="propose the policy" button="Propose it" busy="Sending …">
        {!policy && (
          <TextField
            label="Name"
            required
            data-first
            pattern="[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
            title="Letters, digits, dots and dashes"
            value={code}
            onChange={(e) => setCode(e.target.value)}
          />
        )}
        <PolicyFields document={document} onDocument={setDocument} />
        <AreaField
          label="Holidays"
          help="Dates like 2026-12-25: nobody is cut on them, nor on the day before"
          rows={2}
          value={holidays}
          onChange={(e) => setHolidays(e.target.value)}
        />
        <ReasonInput value={reason} onValue={setReason} />
      </DialogForm>
    </Dialog>
  );
}

function PolicyFields(props: { readonly document: Policy; readonly onDocument: (document: Policy) => void }) {
  const { document: of, onDocument } = props;
  const set = (part: Partial<Policy>) => onDocument({ ...of, ...part });
  const text = (name: keyof Policy) => (e: ChangeEvent<HTMLInputElement>) => set({ [name]: e.target.value });
  const toggle = (day: number, on: boolean) =>
    set({
      friendlyDays: on ? [...of.friendlyDays, day].sort() : of.friendlyDays.filter((one) => one !== day),
    });
  return (
    <>
      <div className="option-grid">
        <TextField
          {...{ label: 'Currency', required: true, pattern: '[A-Z]{3}', value: of.currency }}
          onChange={text('currency')}
        />
        {amounts.map(([name, label, help]) => (
          <TextField
            key={name}
            {...{ label, help, required: true, inputMode: 'decimal', value: of[name] }}
            pattern="[0-9]{1,9}(\.[0-9]{1,4})?"
            onChange={text(name)}
          />
        ))}
        {numbers.map(([name, label, help, max]) => (
          <TextField
            key={name}
            {...{ label, help, required: true, type: 'number', min: 0, max, value: of[name] }}
            onChange={(e) => set({ [name]: Number(e.target.value) })}
          />
        ))}
        {clocks.map(([name, label]) => (
          <TextField
            key={name}
            {...{ label, help: 'local clock', required: true, type: 'time', value: of[name] }}
            onChange={text(name)}
          />
        ))}
      </div>
      <fieldset className="form">
        <legend>Nobody is cut on</legend>
        <div className="option-grid">
          {weekdays.map((name, i) => (
            <Check
              key={name}
              label={name}
              checked={of.friendlyDays.includes(i + 1)}
              onChange={(on) => toggle(i + 1, on)}
            />
          ))}
        </div>
      </fieldset>
      <Check
        label="Supplies are cut (otherwise there are notices only)"
        checked={of.disconnects}
        onChange={(disconnects) => set({ disconnects })}
      />
    </>
  );
}

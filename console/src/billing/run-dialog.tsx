/** A new bill run: of which cycle and accounts, and what makes a bill be held for a person. */
import type { BillRunCreate, BillRunItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { type ChangeEvent, useState } from 'react';
import { send } from '../api.ts';
import { cycleWords } from '../lib/bill-words.ts';
import { accountsOf, cycleStarts } from '../lib/run-form.ts';
import { dayOf } from '../lib/zone.ts';
import { useSiteClock } from '../site.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField, SelectField, TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';
import { billingKeys, cyclesQuery, tariffsQuery } from './queries.ts';

export function RunDialog(props: { readonly onClose: () => void; readonly onStarted: (id: number) => void }) {
  const { data: cycles = [] } = useQuery(cyclesQuery);
  const { zone, nowMs } = useSiteClock();
  const [cycle, setCycle] = useState('');
  const [from, setFrom] = useState('');
  const { data: tariffs = [] } = useQuery(tariffsQuery);
  const [accounts, setAccounts] = useState('');
  const [tariff, setTariff] = useState('');
  const [serviceClass, setServiceClass] = useState('');
  const [limits, setLimits] = useState<Limits>({ percent: '50', amount: '20', estimated: '10' });
  const dayOfMonth = cycles.find(({ name }) => name === cycle)?.dayOfMonth ?? 1;
  const starts = cycleStarts(dayOfMonth, dayOf(zone, nowMs() / 1_000));
  const chosen = starts.find((start) => start.from === from) ?? starts.find(({ over }) => over)!;
  const only = accountsOf(accounts);
  const body: BillRunCreate = {
    from: chosen.from,
    ...(cycle && { cycle }),
    ...(only.length > 0 && { accounts: only }),
    ...(tariff && { tariff }),
    ...(serviceClass.trim() && { serviceClass: serviceClass.trim() }),
    settings: {
      outlierPercent: Number(limits.percent),
      outlierAmount: limits.amount,
      mostEstimated: Number(limits.estimated) / 100,
    },
  };
  const start = useSending({
    send: () => send<BillRunItem>('POST', '/api/v1/bill-runs', { body }),
    keys: billingKeys,
    say: 'The bill run has started',
    onClose: (run) => props.onStarted(run.id),
  });
  return (
    <Dialog wide title="Start a bill run" onClose={props.onClose}>
      <DialogForm
        action={start}
        what="start the run"
        button="Start it"
        busy="Starting …"
        onClose={props.onClose}
      >
        <div className="option-grid">
          {cycles.length > 0 && (
            <SelectField label="Cycle" value={cycle} onChange={(e) => setCycle(e.target.value)}>
              <option value="">The calendar month</option>
              {cycles.map(({ name, dayOfMonth: day }) => (
                <option key={name} value={name}>
                  {name}, from day {day} on
                </option>
              ))}
            </SelectField>
          )}
          <SelectField
            label="Period"
            data-first
            value={chosen.from}
            onChange={(e) => setFrom(e.target.value)}
          >
            {starts.map((one) => (
              <option key={one.from} value={one.from}>
                {cycleWords(one.from, one.to)}
                {one.over ? '' : ' (not over yet)'}
              </option>
            ))}
          </SelectField>
        </div>
        <div className="option-grid">
          <SelectField
            label="Only this tariff"
            help="who has it at some time of the period"
            value={tariff}
            onChange={(e) => setTariff(e.target.value)}
          >
            <option value="">Every tariff</option>
            {tariffs.map(({ code, name }) => (
              <option key={code} value={code}>
                {name} ({code})
              </option>
            ))}
          </SelectField>
          <TextField
            label="Only this service class"
            help="of usage points, as the registry has it"
            maxLength={200}
            value={serviceClass}
            onChange={(e) => setServiceClass(e.target.value)}
          />
        </div>
        <AreaField
          label="Only these accounts"
          help="Numbers with spaces, commas or lines between them. Empty: every account of the cycle"
          rows={2}
          value={accounts}
          onChange={(e) => setAccounts(e.target.value)}
        />
        <LimitFields limits={limits} onLimits={setLimits} />
      </DialogForm>
    </Dialog>
  );
}

interface Limits {
  readonly percent: string;
  readonly amount: string;
  readonly estimated: string;
}

function LimitFields(props: { readonly limits: Limits; readonly onLimits: (limits: Limits) => void }) {
  const { limits } = props;
  const set = (name: keyof Limits) => (e: ChangeEvent<HTMLInputElement>) =>
    props.onLimits({ ...limits, [name]: e.target.value });
  return (
    <fieldset className="form hold-limits">
      <legend>A bill is held for a person when</legend>
      <div className="option-grid">
        <TextField
          {...{
            label: 'it differs by more than, %',
            type: 'number',
            min: 0,
            max: 100_000,
            required: true,
          }}
          help="from the bill before, and …"
          value={limits.percent}
          onChange={set('percent')}
        />
        <TextField
          {...{ label: '… and by more than', inputMode: 'decimal', required: true }}
          pattern="[0-9]{1,12}(\.[0-9]{1,6})?"
          help="in the currency of the bill"
          value={limits.amount}
          onChange={set('amount')}
        />
        <TextField
          {...{ label: 'more is estimated than, %', type: 'number', min: 0, max: 100, required: true }}
          step="any"
          help="of its intervals"
          value={limits.estimated}
          onChange={set('estimated')}
        />
      </div>
    </fieldset>
  );
}

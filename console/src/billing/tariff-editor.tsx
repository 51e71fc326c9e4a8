/**
 * A tariff, or a new version of one, as text: its faults with their lines while it is typed, and beside it
 * the calendar and a test bill, which follow the text.
 */
import type { ScheduleView, TariffDetail } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { ApiError, send } from '../api.ts';
import { type Data, isData } from '../lib/data.ts';
import { type Place, readText, writeText } from '../lib/places.ts';
import { alwaysInForce, documentWith, placesOf, readable } from '../lib/tariff-text.ts';
import { refresh } from '../queries.ts';
import { CodeField } from '../ui/code-field.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { type Form, FormSwitch } from '../ui/form-switch.tsx';
import { OpenFileButton } from '../ui/open-file-button.tsx';
import { Panel } from '../ui/panel.tsx';
import { toast } from '../ui/toast.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { billingKeys, tariffCheckQuery } from './queries.ts';
import { RateChoice, type Taken, TakenNotes, useRateImport } from './rate-import.tsx';
import { Schedules } from './schedule-chart.tsx';
import { TestBillPanel } from './test-bill-panel.tsx';

export function TariffEditor(props: {
  /** The tariff a version is added to; without it a whole tariff is written. */
  readonly tariff?: TariffDetail;
  readonly start: Data;
  readonly onClose: () => void;
  readonly onSaved: (code: string) => void;
}) {
  const { tariff } = props;
  const [form, setForm] = useState<Form>('yaml');
  const [text, setText] = useState(() => writeText(props.start, form));
  const [note, setNote] = useState('');
  const [taken, setTaken] = useState<Taken>();
  const settled = useSettled(text);
  const { checked, rates } = useChecked(settled, tariff, (found) => {
    if (text !== settled) return;
    setText(writeText(tariff ? versionOf(found, props.start) : readable(found.document), form));
    setTaken(tariff ? withCurrency(found, tariff.currency) : found);
    if (note === '') setNote(`From the rate database: ${found.name}`.slice(0, 500));
  });
  const save = useSave(tariff, props.onSaved);
  const refused = save.error instanceof ApiError ? save.error.fields : [];
  const places =
    refused.length > 0 && save.variables?.text === text
      ? placesOf(refused, readText(text), tariff !== undefined)
      : checked.places;
  const submit = () => {
    const { value, problems } = readText(text);
    if (problems.length === 0 && isData(value)) save.mutate({ value, note, text });
  };
  const change = (next: Form) => {
    const { value, problems } = readText(text);
    if (problems.length > 0) return;
    setText(writeText(value, next));
    setForm(next);
  };
  return (
    <div className="tariff-layout">
      <Panel
        title={tariff ? `New version of ${tariff.code}` : 'New tariff'}
        note={checked.says}
        actions={
          <>
            <OpenFileButton accept=".json,.yaml,.yml,application/json" onText={setText} />
            <FormSwitch form={form} onForm={change} />
          </>
        }
      >
        <DialogForm
          action={{
            mutate: submit,
            isPending: save.isPending,
            error: refused.length === 0 ? save.error : null,
          }}
          what="save the tariff"
          button={tariff ? `Save version ${tariff.versions + 1}` : 'Save the tariff'}
          busy="Saving …"
          leave="Leave without saving"
          ready={places.length === 0 && rates.names === undefined}
          onClose={props.onClose}
        >
          <TextField label="Note" maxLength={500} value={note} onChange={(e) => setNote(e.target.value)} />
          <CodeField
            whileTyping
            label={tariff ? 'Version' : 'Tariff'}
            text={text}
            places={places}
            onText={setText}
          />
          <RateChoice rates={rates} />
        </DialogForm>
      </Panel>
      <div className="stack" style={{ gap: '0.75rem' }}>
        {taken && <TakenNotes taken={taken} onDone={() => setTaken(undefined)} />}
        <Panel title="Calendar" note={checked.places.length > 0 && 'as it was before the fault'}>
          {checked.schedules === undefined ? (
            <p className="muted">It is drawn once the text is a tariff.</p>
          ) : (
            <Schedules schedules={checked.schedules} />
          )}
        </Panel>
        <TestBillPanel
          document={checked.document && alwaysInForce(checked.document)}
          broken={checked.places.length > 0}
        />
      </div>
    </div>
  );
}

const notData: Place = { path: '', message: 'A tariff is an object of names and values.', line: 1 };

/** What the server says of a text that rests; a record of the rate database becomes the text. */
function useChecked(text: string, tariff: TariffDetail | undefined, onTaken: (taken: Taken) => void) {
  const read = useMemo(() => readText(text), [text]);
  const rates = useRateImport(text, read, onTaken);
  const isRate = rates.names !== undefined;
  const document = useMemo((): Data | undefined => {
    if (isRate || read.problems.length > 0 || !isData(read.value)) return undefined;
    return tariff ? documentWith(headOf(tariff), read.value) : read.value;
  }, [read, tariff, isRate]);
  const query = useQuery({ ...tariffCheckQuery(document), enabled: document !== undefined });
  const syntax = document === undefined && !isRate && read.problems.length === 0 ? [notData] : read.problems;
  const faults = isRate ? rates.faults : query.isPlaceholderData ? [] : (query.data?.faults ?? []);
  const places = syntax.length > 0 ? syntax : placesOf(faults, read, tariff !== undefined && !isRate);
  const says = query.error
    ? 'it could not be checked'
    : query.isFetching
      ? 'checking …'
      : places.length > 0
        ? 'has faults, see below the text'
        : isRate
          ? 'a rate of another program'
          : 'no fault found';
  // While there is a fault, the calendar of the text before it stays.
  const [drawn, setDrawn] = useState<readonly ScheduleView[]>();
  const fresh = query.data?.ok ? query.data.schedules : drawn;
  useEffect(() => setDrawn(fresh), [fresh]);
  return { checked: { document, places, says, schedules: fresh }, rates };
}

/** The version of a tariff that was taken over, from the day on that was begun with. */
function versionOf({ document }: Taken, { effectiveFrom }: Data): Data {
  const [version] = document.versions as readonly Data[];
  const { effectiveFrom: _from, effectiveTo: _to, ...rest } = version!;
  return readable({ effectiveFrom, ...rest });
}

function withCurrency(taken: Taken, currency: string): Taken {
  if (taken.document.currency === currency) return taken;
  const message = `The tariff is in ${currency}: see whether these prices are.`;
  return { ...taken, notes: [{ path: '', message }, ...taken.notes] };
}

/** All of a tariff but its versions. */
function headOf({ document }: TariffDetail): Data {
  const { versions: _versions, ...head } = document;
  return head;
}

function useSave(tariff: TariffDetail | undefined, onSaved: (code: string) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (given: { readonly value: Data; readonly note: string; readonly text: string }) => {
      const note = given.note.trim() ? { note: given.note.trim() } : {};
      if (!tariff) {
        return send<TariffDetail>('POST', '/api/v1/tariffs', { body: { document: given.value, ...note } });
      }
      return send<TariffDetail>('POST', `/api/v1/tariffs/${encodeURIComponent(tariff.code)}/versions`, {
        body: { version: given.value, ...note },
        ifVersion: tariff.version,
      });
    },
    onSuccess: async (saved) => {
      await refresh(client, billingKeys);
      const code = tariff?.code ?? saved.code;
      toast(
        'good',
        tariff ? `Version ${tariff.versions + 1} of ${code} is saved` : `Tariff ${code} is saved`,
      );
      onSaved(code);
    },
  });
}

/** What people do with a case: take it, answer it, make the bill anew, credit, note, close. */
import type { AccountEntryItem, DisputeAnswer, DisputeDetail, DisputeItem } from '@openami/server/contract';
import { useState } from 'react';
import { apiUrl, send } from '../api.ts';
import { outcomeWords } from '../lib/dispute-words.ts';
import { isReason } from '../lib/reasons.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AmountField, AreaField, SelectField, TextField } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Popover } from '../ui/popover.tsx';
import { useSending } from '../ui/use-sending.ts';
import { useKeys } from '../vee/use-keys.ts';
import { disputeKeys } from './queries.ts';

type Asked = 'answer' | 'note' | 'close' | 'reopen' | 'rebill' | 'credit';

export function CaseActions({ dispute }: { readonly dispute: DisputeDetail }) {
  const [asked, setAsked] = useState<Asked>();
  const mayWrite = useMay('billing:write');
  const { state, bill, id } = dispute;
  const waits = state === 'open' || state === 'looking';
  const take = useSending({
    send: () => send<DisputeItem>('POST', `/api/v1/disputes/${id}/take`),
    keys: disputeKeys,
    what: 'take it',
    say: 'You look at it now',
  });
  const close = () => setAsked(undefined);
  useKeys(
    mayWrite
      ? {
          ...(state === 'open' && { t: () => take.mutate() }),
          ...(waits && { a: () => setAsked('answer') }),
          ...(state !== 'closed' && { n: () => setAsked('note') }),
        }
      : {},
  );
  return (
    <>
      <Files id={id} />
      {mayWrite && state !== 'closed' && (
        <>
          <Button onClick={() => setAsked('note')}>Note …</Button>
          <Button onClick={() => setAsked('credit')}>Credit …</Button>
          {bill !== null && waits && dispute.rebillRun === null && (
            <Button onClick={() => setAsked('rebill')}>Make the bill anew …</Button>
          )}
          <Button onClick={() => setAsked('close')}>{waits ? 'Withdraw …' : 'Close …'}</Button>
          {state === 'answered' && <Button onClick={() => setAsked('reopen')}>Look again …</Button>}
          {waits && (
            <Button look={state === 'looking' ? 'primary' : undefined} onClick={() => setAsked('answer')}>
              Answer …
            </Button>
          )}
          {state === 'open' && (
            <Button look="primary" busy={take.isPending && 'Taking …'} onClick={() => take.mutate()}>
              Take it
            </Button>
          )}
        </>
      )}
      {asked === 'answer' && <AnswerDialog dispute={dispute} onClose={close} />}
      {asked === 'credit' && <CreditDialog dispute={dispute} onClose={close} />}
      {asked && asked !== 'answer' && asked !== 'credit' && (
        <WordsDialog asked={asked} dispute={dispute} onClose={close} />
      )}
    </>
  );
}

const files = [
  ['html', 'As a page'],
  ['json', 'As JSON'],
] as const;

function Files({ id }: { readonly id: number }) {
  return (
    <Popover label="Download" icon="download" side="right">
      {(close) => (
        <ul className="plain-list">
          {files.map(([format, words]) => (
            <li key={format}>
              <a
                className="button"
                href={apiUrl(`/api/v1/disputes/${id}/export`, { format })}
                download={`dispute-${id}.${format}`}
                onClick={close}
              >
                <Icon name="file" />
                {words}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}

interface CaseDialog {
  readonly dispute: DisputeDetail;
  readonly onClose: () => void;
}

const outcomes = ['upheld', 'partly', 'corrected'] as const;

function AnswerDialog({ dispute, onClose }: CaseDialog) {
  const [outcome, setOutcome] = useState<DisputeAnswer['outcome']>(
    dispute.rebillRun !== null ? 'corrected' : 'upheld',
  );
  const [answer, setAnswer] = useState('');
  const action = useSending({
    send: () =>
      send<DisputeItem>('POST', `/api/v1/disputes/${dispute.id}/answer`, {
        body: { outcome, answer: answer.trim() },
      }),
    keys: disputeKeys,
    say: 'The case is answered',
    onClose,
  });
  return (
    <Dialog wide title="Answer the dispute" onClose={onClose}>
      <DialogForm
        {...{ action, onClose }}
        what="answer it"
        button="Answer it"
        busy="Answering …"
        ready={isReason(answer)}
      >
        <p>{dispute.evidence.words}</p>
        <SelectField
          label="What came of it"
          data-first
          value={outcome}
          help={outcome === 'corrected' ? 'The new bill must be issued' : undefined}
          onChange={(e) => setOutcome(e.target.value as DisputeAnswer['outcome'])}
        >
          {outcomes.map((one) => (
            <option key={one} value={one}>
              {outcomeWords[one]}
            </option>
          ))}
        </SelectField>
        <AreaField
          label="What the customer is told"
          rows={4}
          required
          maxLength={4_000}
          value={answer}
          onChange={(e) => setAnswer(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

function CreditDialog({ dispute, onClose }: CaseDialog) {
  const [amount, setAmount] = useState('');
  const [words, setWords] = useState('');
  const action = useSending({
    send: () =>
      send<AccountEntryItem>('POST', `/api/v1/disputes/${dispute.id}/credits`, {
        body: { amount, words: words.trim() },
      }),
    keys: disputeKeys,
    say: ({ state }) =>
      state === 'pending' ? 'It waits for another person' : 'It is on the next bill of the account',
    onClose,
  });
  return (
    <Dialog title="Credit the customer" onClose={onClose}>
      <DialogForm
        {...{ action, onClose }}
        what="credit it"
        button="Credit it"
        ready={Number(amount) > 0 && isReason(words)}
      >
        <p>It stands on the next bill of account {dispute.account}. A large one needs another person.</p>
        <AmountField
          label={`Amount, ${dispute.currency}`}
          data-first
          required
          value={amount}
          onValue={setAmount}
        />
        <TextField
          label="Why"
          help="The customer reads it on the bill"
          required
          maxLength={500}
          value={words}
          onChange={(e) => setWords(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

interface Said {
  readonly title: string;
  readonly path: string;
  readonly label: string;
  readonly button: string;
  readonly done: string;
  readonly member: 'words' | 'reason';
}

const said: Readonly<Record<Exclude<Asked, 'answer' | 'credit'>, Said>> = {
  note: {
    ...{ title: 'Add a note', path: 'notes', label: 'Note', button: 'Add it', done: 'The note is kept' },
    member: 'words',
  },
  close: {
    ...{
      title: 'Close the case?',
      path: 'close',
      label: 'Why',
      button: 'Close it',
      done: 'The case is closed',
    },
    member: 'words',
  },
  reopen: {
    ...{ title: 'Look at it again?', path: 'reopen', label: 'Why', button: 'Look again' },
    ...{ done: 'The case is looked at again', member: 'words' },
  },
  rebill: {
    ...{ title: 'Make the bill anew?', path: 'rebill', label: 'Why', button: 'Make it anew' },
    ...{ done: 'A run for the new bill has started; another person approves it', member: 'reason' },
  },
};

function WordsDialog({ asked, dispute, onClose }: CaseDialog & { readonly asked: keyof typeof said }) {
  const [words, setWords] = useState('');
  const { title, path, label, button, done, member } = said[asked];
  const action = useSending({
    send: () =>
      send<DisputeItem>('POST', `/api/v1/disputes/${dispute.id}/${path}`, {
        body: { [member]: words.trim() },
      }),
    keys: disputeKeys,
    say: done,
    onClose,
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <DialogForm {...{ action, onClose, button }} what="do that" ready={isReason(words)}>
        <AreaField
          label={label}
          data-first
          rows={3}
          required
          maxLength={member === 'reason' ? 500 : 4_000}
          value={words}
          onChange={(e) => setWords(e.target.value)}
        />
      </DialogForm>
    </Dialog>
  );
}

/** Decisions on what is at hand in a list: its keys, its bar of buttons, and the dialogs they open. */
import { type ReactNode, useState } from 'react';
import { exceptionCount } from '../lib/work-list.ts';
import { useMay } from '../shell/session.tsx';
import { type Choice, DecideDialog, UndoDialog } from './decide-dialog.tsx';
import { DecisionBar } from './decision-bar.tsx';
import { type BulkAction, useDecisions } from './decisions.ts';
import { KeysHelp } from './keys-help.tsx';

export function useDeciding(given: {
  /** What is decided on, empty for nothing, and the exceptions of it. */
  readonly what: string;
  readonly ids: readonly number[];
  /** The keys of the page, for its help. */
  readonly help: readonly (readonly [key: string, what: string])[];
  readonly onDone: () => void;
}): {
  readonly keys: Readonly<Record<string, (() => void) | undefined>>;
  readonly bar: ReactNode;
  readonly dialogs: ReactNode;
} {
  const { what, ids } = given;
  const { batches } = useDecisions();
  const mayWrite = useMay('vee:write');
  const [choice, setChoice] = useState<Choice>();
  const [asked, setAsked] = useState<'undo' | 'help'>();
  const ask = (action: BulkAction) => mayWrite && ids.length > 0 && setChoice({ action, ids, what });
  const close = () => setAsked(undefined);
  return {
    keys: {
      a: () => ask('accept'),
      e: () => ask('estimate'),
      r: () => ask('reject'),
      u: mayWrite && batches.length > 0 ? () => setAsked('undo') : undefined,
      '?': () => setAsked('help'),
    },
    bar: (
      <DecisionBar
        words={what && `${what}: ${exceptionCount(ids.length)}`}
        count={ids.length}
        onDecide={ask}
        onUndo={() => setAsked('undo')}
        onHelp={() => setAsked('help')}
        mayWrite={mayWrite}
      />
    ),
    dialogs: (
      <>
        {choice && (
          <DecideDialog choice={choice} onClose={() => setChoice(undefined)} onDone={given.onDone} />
        )}
        {asked === 'undo' && <UndoDialog onClose={close} />}
        {asked === 'help' && <KeysHelp keys={given.help} onClose={close} />}
      </>
    ),
  };
}

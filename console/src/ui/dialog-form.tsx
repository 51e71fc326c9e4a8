/** Forms that send, and what dialogs end in: what went wrong, the way out, and the button that sends. */
import type { FormEvent, ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorBox } from './states.tsx';

interface Sending {
  /** A mutation, or what is done at once. */
  readonly action: { readonly mutate: () => void; readonly isPending?: boolean; readonly error?: unknown };
  /** What could not be done where it failed: `save the plan`. */
  readonly what?: string;
  readonly button: ReactNode;
  /** The button's words meanwhile. */
  readonly busy?: string;
  readonly look?: 'primary' | 'danger';
  /** Words of the way out. */
  readonly leave?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Sends once at a time; what went wrong stands above the buttons. */
export function SendForm(
  props: Pick<Sending, 'action' | 'what' | 'children'> & {
    readonly ready?: boolean;
    /** What went wrong, in words of its own. */
    readonly refused?: ReactNode;
    readonly buttons: ReactNode;
  },
) {
  const { action, ready = true } = props;
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (ready && !action.isPending) action.mutate();
  };
  return (
    <form className="form" onSubmit={submit}>
      {props.children}
      {action.error != null && (props.refused ?? <ErrorBox error={action.error} what={props.what} />)}
      {props.buttons}
    </form>
  );
}

export function DialogForm(props: Sending & { readonly ready?: boolean }) {
  const { action, what, ready = true } = props;
  return (
    <SendForm
      {...{ action, what, ready }}
      buttons={
        <div className="dialog-actions">
          <Button onClick={props.onClose}>{props.leave ?? 'Cancel'}</Button>
          <Button
            type="submit"
            look={props.look ?? 'primary'}
            disabled={!ready}
            busy={action.isPending && (props.busy ?? 'Working …')}
          >
            {props.button}
          </Button>
        </div>
      }
    >
      {props.children}
    </SendForm>
  );
}

/** Asks before it does what cannot be taken back. */
export function ConfirmDialog(props: Sending & { readonly title: string }) {
  const { action, look = 'danger', onClose } = props;
  return (
    <Dialog title={props.title} onClose={onClose}>
      <p>{props.children}</p>
      {action.error != null && <ErrorBox error={action.error} what={props.what} />}
      <div className="dialog-actions">
        <Button onClick={onClose}>{props.leave ?? 'Keep it'}</Button>
        <Button
          look={look}
          // Nobody destroys by pressing Enter once.
          data-first={look === 'primary' || undefined}
          busy={action.isPending && (props.busy ?? 'Working …')}
          onClick={() => action.mutate()}
        >
          {props.button}
        </Button>
      </div>
    </Dialog>
  );
}

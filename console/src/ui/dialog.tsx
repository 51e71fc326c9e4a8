/** A modal dialog on the browser's own element: focus stays inside, Escape closes, focus returns. */
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './button.tsx';

export function Dialog(props: {
  readonly title: string;
  readonly onClose: () => void;
  /** False where closing would lose something, e.g. while the session has ended. */
  readonly closable?: boolean;
  /** For forms of several parts. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const closable = props.closable ?? true;
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>('[data-first]')?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className="dialog"
      data-wide={props.wide}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        if (closable) props.onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={id}>{props.title}</h2>
        {closable && <IconButton icon="close" label="Close" onClick={props.onClose} />}
      </div>
      <div className="dialog-body">{props.children}</div>
    </dialog>
  );
}

import { type ReactNode, useState } from 'react';
import { send } from '../api.ts';
import { Button } from './button.tsx';
import { type Column, DataTable } from './data-table.tsx';
import { ConfirmDialog } from './dialog-form.tsx';
import { Panel } from './panel.tsx';
import { Ready } from './states.tsx';
import { useSending } from './use-sending.ts';

/** What taking a row away is called, and what the person is told before and after. */
interface Removal {
  readonly path: string;
  readonly title: string;
  readonly text: string;
  /** `delete the plan`. */
  readonly what: string;
  readonly done: string;
}

interface Words<T> {
  /** `Delete`, `Deleting …`, and what the button of a row is called, before the row's name. */
  readonly remove: { readonly word: string; readonly busy: string; readonly label: string };
  readonly removal: (row: T) => Removal;
  /** What is asked for anew once a row is gone. */
  readonly queryKey: string;
}

export function ManagedList<T>(
  props: Words<T> & {
    readonly title: string;
    readonly note?: string;
    readonly what: string;
    readonly query: { readonly data: readonly T[] | undefined; readonly error: unknown; refetch(): unknown };
    readonly mayWrite: boolean;
    /** `New plan`. */
    readonly make: string;
    readonly columns: readonly Column<T>[];
    readonly rowKey: (row: T) => string | number;
    /** Names a row for its buttons. */
    readonly nameOf: (row: T) => string;
    readonly empty: ReactNode;
    /** Makes one where none is given. */
    readonly editor: (row: T | undefined, onClose: () => void) => ReactNode;
  },
) {
  const { title, mayWrite, nameOf, remove } = props;
  const [edited, setEdited] = useState<{ readonly row?: T }>();
  const [removed, setRemoved] = useState<{ readonly row: T }>();
  const actions: Column<T> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (row) => (
      <div className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end' }}>
        <Button aria-label={`Change ${nameOf(row)}`} onClick={() => setEdited({ row })}>
          Change …
        </Button>
        <Button
          look="danger"
          aria-label={`${remove.label} ${nameOf(row)}`}
          onClick={() => setRemoved({ row })}
        >
          {remove.word} …
        </Button>
      </div>
    ),
  };
  return (
    <Panel
      flush
      title={title}
      note={props.note}
      actions={
        mayWrite && (
          <Button icon="plus" onClick={() => setEdited({})}>
            {props.make}
          </Button>
        )
      }
    >
      <Ready query={props.query} what={props.what}>
        {(rows) => (
          <DataTable
            label={title}
            columns={mayWrite ? [...props.columns, actions] : props.columns}
            rows={rows}
            rowKey={props.rowKey}
            empty={props.empty}
          />
        )}
      </Ready>
      {edited && props.editor(edited.row, () => setEdited(undefined))}
      {removed && <RemoveDialog {...props} row={removed.row} onClose={() => setRemoved(undefined)} />}
    </Panel>
  );
}

function RemoveDialog<T>(props: Words<T> & { readonly row: T; readonly onClose: () => void }) {
  const { remove, queryKey, onClose } = props;
  const { path, title, text, what, done } = props.removal(props.row);
  const action = useSending({
    send: () => send('DELETE', path),
    keys: [queryKey],
    say: done,
    onClose,
  });
  return (
    <ConfirmDialog {...{ title, action, what, onClose }} button={remove.word} busy={remove.busy}>
      {text}
    </ConfirmDialog>
  );
}

/** Saved views: a name for the filters, columns and sorting in the address. */
import type { SavedView } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { send } from '../api.ts';
import { type MeterSearch, parseMeterSearch, parseSearch, stringifySearch } from '../lib/search-params.ts';
import { viewsQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Check, TextField } from '../ui/field.tsx';
import { Popover } from '../ui/popover.tsx';
import { toast, toastError } from '../ui/toast.tsx';

export function SavedViews(props: {
  readonly search: MeterSearch;
  readonly onOpen: (search: MeterSearch) => void;
}) {
  const { data: views = [] } = useQuery(viewsQuery);
  const may = useMay('views:write');
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (view: SavedView) => send('DELETE', `/api/v1/views/${view.id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['views'] }),
    onError: (e) => toastError('remove the view', e),
  });
  return (
    <Popover label="Views" icon="save">
      {(close) => (
        <>
          {views.length === 0 && <p className="muted small">No saved views yet.</p>}
          {views.map((view) => (
            <div key={view.id} className="row" style={{ flexWrap: 'nowrap' }}>
              <button
                type="button"
                className="item grow"
                onClick={() => {
                  props.onOpen(parseMeterSearch(parseSearch(view.query)));
                  close();
                }}
              >
                <span className="cut">{view.name}</span>
                {view.shared && <span className="badge">shared</span>}
              </button>
              {may && (
                <IconButton
                  icon="trash"
                  label={`Remove view ${view.name}`}
                  onClick={() => remove.mutate(view)}
                />
              )}
            </div>
          ))}
          {may && (
            <>
              <hr />
              <SaveView search={props.search} onSaved={close} />
            </>
          )}
        </>
      )}
    </Popover>
  );
}

function SaveView(props: { readonly search: MeterSearch; readonly onSaved: () => void }) {
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      send('PUT', '/api/v1/views', { body: { name, shared, query: stringifySearch({ ...props.search }) } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['views'] });
      toast('good', `View “${name}” saved`);
      props.onSaved();
    },
    onError: (e) => toastError('save the view', e),
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    save.mutate();
  };
  return (
    <form className="form" style={{ gap: '0.5rem' }} onSubmit={submit}>
      <TextField
        label="Save what is shown as"
        required
        maxLength={100}
        value={name}
        onChange={(e) => setName(e.target.value)}
      />
      <Check label="Share with everybody" checked={shared} onChange={setShared} />
      <Button type="submit" busy={save.isPending && 'Saving …'}>
        Save view
      </Button>
    </form>
  );
}

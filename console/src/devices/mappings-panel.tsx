/** JSON mappings: ready-made ones and one's own; looked at, tried, replaced, removed. */
import type { MappingItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { ConfirmDialog } from '../ui/dialog-form.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { MappingDialog, MappingUploadDialog } from './mapping-dialogs.tsx';
import { mappingsQuery } from './queries.ts';
import { TryDialog } from './try-dialog.tsx';

const columns: readonly Column<MappingItem>[] = [
  {
    name: 'Mapping',
    sortBy: ({ id }) => id,
    cell: ({ id, title }) => (
      <>
        <strong>{id}</strong>
        <div className="muted small">{title}</div>
      </>
    ),
  },
  {
    name: 'Origin',
    sortBy: ({ origin }) => origin,
    cell: ({ origin, version }) => (
      <Badge tone={origin === 'own' ? 'accent' : 'neutral'}>
        {origin === 'own' ? `own, version ${version}` : 'ready-made'}
      </Badge>
    ),
  },
  {
    name: 'Topics',
    cell: ({ topics, http }) => (
      <>
        {topics.map((topic) => (
          <div key={topic}>
            <code>{topic}</code>
          </div>
        ))}
        {http && <div className="muted small">also by HTTP</div>}
      </>
    ),
  },
];

type Asked = { readonly what: 'view' | 'try' | 'replace' | 'remove'; readonly mapping: MappingItem };

export function MappingsPanel() {
  const query = useQuery(mappingsQuery);
  const may = useMay('collection:write');
  const [asked, setAsked] = useState<Asked | 'upload'>();
  const close = () => setAsked(undefined);
  const actions: Column<MappingItem> = {
    ...{ name: 'Actions', quiet: true, num: true },
    cell: (mapping) => <Actions mapping={mapping} may={may} onAsk={(what) => setAsked({ what, mapping })} />,
  };
  return (
    <Panel
      flush
      title="JSON mappings"
      note="How messages of plugs and home gateways become readings"
      actions={
        may && (
          <Button icon="plus" onClick={() => setAsked('upload')}>
            Upload a mapping …
          </Button>
        )
      }
    >
      <Ready query={query} what="the mappings">
        {(rows) => (
          <DataTable
            label="JSON mappings"
            columns={[...columns, actions]}
            rows={rows}
            rowKey={({ id }) => id}
            empty={<Empty icon="unknown" title="There is no mapping" />}
          />
        )}
      </Ready>
      {asked === 'upload' ? (
        <MappingUploadDialog onClose={close} />
      ) : (
        asked && (
          <AskedDialog
            {...asked}
            onClose={close}
            onAsk={(what) => setAsked({ what, mapping: asked.mapping })}
          />
        )
      )}
    </Panel>
  );
}

function Actions(props: {
  readonly mapping: MappingItem;
  readonly may: boolean;
  readonly onAsk: (what: Asked['what']) => void;
}) {
  const { mapping, may, onAsk } = props;
  return (
    <div className="row" style={{ flexWrap: 'nowrap', justifyContent: 'flex-end', whiteSpace: 'nowrap' }}>
      <Button aria-label={`View ${mapping.id}`} onClick={() => onAsk('view')}>
        View …
      </Button>
      {may && (
        <Button aria-label={`Try ${mapping.id}`} onClick={() => onAsk('try')}>
          Try …
        </Button>
      )}
    </div>
  );
}

function AskedDialog(
  props: Asked & { readonly onClose: () => void; readonly onAsk: (what: Asked['what']) => void },
) {
  const { what, mapping, onClose } = props;
  if (what === 'view') return <MappingDialog mapping={mapping} onClose={onClose} onAsk={props.onAsk} />;
  if (what === 'try') return <TryDialog mapping={mapping} onClose={onClose} />;
  if (what === 'replace') return <MappingUploadDialog replaced={mapping} onClose={onClose} />;
  return <RemoveDialog mapping={mapping} onClose={onClose} />;
}

function RemoveDialog(props: { readonly mapping: MappingItem; readonly onClose: () => void }) {
  const { mapping, onClose } = props;
  const remove = useSending({
    send: () => send('DELETE', `/api/v1/mappings/${mapping.id}`),
    keys: ['mappings'],
    say: `${mapping.id} is removed`,
    onClose,
  });
  return (
    <ConfirmDialog
      title={`Remove “${mapping.id}”?`}
      action={remove}
      what="remove the mapping"
      button="Remove"
      busy="Removing …"
      onClose={onClose}
    >
      Messages that it reads are read by it no more. Where there is a ready-made mapping of this name, that
      one is in force again.
    </ConfirmDialog>
  );
}

/** A mapping with its text, and one that is taken when its examples come out as they say. */
import type { MappingDetail, MappingItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { plainText } from '../lib/command-words.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { AreaField } from '../ui/field.tsx';
import { Notice, Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';
import { mappingQuery } from './queries.ts';

export function MappingDialog(props: {
  readonly mapping: MappingItem;
  readonly onClose: () => void;
  readonly onAsk: (what: 'replace' | 'remove') => void;
}) {
  const { mapping, onClose, onAsk } = props;
  const may = useMay('collection:write');
  const query = useQuery(mappingQuery(mapping.id));
  return (
    <Dialog title={`Mapping ${mapping.id}`} wide onClose={onClose}>
      <p>{mapping.title}</p>
      <dl className="facts">
        <dt>Evaluated</dt>
        <dd>{mapping.direct ? 'at once' : 'in a thread of its own, which is slower'}</dd>
        {mapping.declared.map(({ name, default: usual, description }) => (
          <Parameter key={name} {...{ name, description }} value={mapping.parameters[name] ?? usual} />
        ))}
      </dl>
      <Ready query={query} what="the text">
        {({ text }) => <AreaField label="Text" className="input code" rows={16} readOnly value={text} />}
      </Ready>
      <div className="dialog-actions">
        {may && mapping.origin === 'own' && (
          <Button look="danger" onClick={() => onAsk('remove')}>
            Remove …
          </Button>
        )}
        {may && <Button onClick={() => onAsk('replace')}>Replace …</Button>}
        <Button look="primary" data-first onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

function Parameter(props: { readonly name: string; readonly description: string; readonly value: unknown }) {
  return (
    <>
      <dt>
        <code>{props.name}</code>
      </dt>
      <dd>
        {plainText(props.value)} <span className="muted small">{props.description}</span>
      </dd>
    </>
  );
}

/** The id that a text names; undefined where none can be seen. */
function idOf(text: string): string | undefined {
  return /^\s*["']?id["']?\s*:\s*["']?([a-z0-9]+(?:-[a-z0-9]+)*)["']?\s*(?:,|#|$)/m.exec(text)?.[1];
}

export function MappingUploadDialog(props: {
  /** One that is there, whose text is begun with. */
  readonly replaced?: MappingItem;
  readonly onClose: () => void;
}) {
  const { replaced, onClose } = props;
  const before = useQuery({ ...mappingQuery(replaced?.id ?? ''), enabled: replaced !== undefined }).data
    ?.text;
  const [text, setText] = useState<string>();
  const given = text ?? before ?? '';
  const id = idOf(given);
  const isOther = replaced !== undefined && id !== undefined && id !== replaced.id;
  const upload = useSending({
    send: () =>
      send<MappingDetail>('PUT', `/api/v1/mappings/${id}`, {
        body: new Blob([given], { type: 'text/plain' }),
      }),
    keys: ['mappings'],
    say: ({ version }) => [
      `${id} is in force`,
      `Version ${version}: all of its examples come out as they say.`,
    ],
    onClose,
  });
  const change = (next: string) => {
    setText(next);
    upload.reset();
  };
  const title = replaced === undefined ? 'Upload a mapping' : `Replace ${replaced.id}`;
  return (
    <Dialog title={title} wide onClose={onClose}>
      <DialogForm
        action={upload}
        what="take the mapping"
        ready={id !== undefined && !isOther}
        button={replaced === undefined ? 'Upload' : 'Replace'}
        busy="Running its examples …"
        onClose={onClose}
      >
        <p className="muted">
          A mapping is YAML or JSON with examples that are its tests. It is taken when all of them come out as
          they say; else nothing changes.
        </p>
        <input
          type="file"
          accept=".yaml,.yml,.json"
          aria-label="File of the mapping"
          onChange={(e) => void e.target.files?.[0]?.text().then(change)}
        />
        <AreaField
          label="Mapping"
          className="input code"
          rows={14}
          spellCheck={false}
          error={problemOf(given, id, isOther ? replaced.id : undefined)}
          value={given}
          onChange={(e) => change(e.target.value)}
        />
        {replaced?.origin === 'ready-made' && (
          <Notice title="This one is ready-made">
            <p>Yours takes its place; remove yours, and it is as it came.</p>
          </Notice>
        )}
      </DialogForm>
    </Dialog>
  );
}

function problemOf(text: string, id: string | undefined, wanted: string | undefined): string | undefined {
  if (text.trim() === '') return undefined;
  if (id === undefined) return 'It names no id: a line “id: my-gateway” in small letters, digits and dashes.';
  return wanted === undefined ? undefined : `Its id is ${id} and not ${wanted}.`;
}

/** Keys of this meter: state, age and version, and its rotations. Never a key. */
import type { RotationItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { send } from '../api.ts';
import { usePeople } from '../commands/words.tsx';
import { formatWord } from '../lib/format.ts';
import { keyKindName, keyStateTones } from '../lib/key-words.ts';
import { meterKeysQuery, rotationsQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Check } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
import { Empty, ErrorBox, Ready, type Tone } from '../ui/states.tsx';
import { Ago, Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';

export function KeysPanel({ meterId, serial }: { readonly meterId: number; readonly serial: string }) {
  const may = useMay('keys:write');
  const [rotating, setRotating] = useState(false);
  return (
    <>
      <Panel
        flush
        title="Keys"
        note="never the key itself"
        actions={may && <Button onClick={() => setRotating(true)}>Rotate keys …</Button>}
      >
        <KeyTable meterId={meterId} />
      </Panel>
      <Rotations meterId={meterId} />
      {rotating && <RotateDialog meterId={meterId} serial={serial} onClose={() => setRotating(false)} />}
    </>
  );
}

function KeyTable({ meterId }: { readonly meterId: number }) {
  const query = useQuery(meterKeysQuery(meterId));
  return (
    <Ready query={query} what="keys">
      {(keys) =>
        keys.length === 0 ? (
          <Empty icon="key" title="No key of this meter is here">
            It can be read only without security until its key file is imported.
          </Empty>
        ) : (
          <ScrollBox label="Keys">
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Key</th>
                  <th scope="col">State</th>
                  <th scope="col" className="num">
                    Version
                  </th>
                  <th scope="col" className="num">
                    Suite
                  </th>
                  <th scope="col">Came by</th>
                  <th scope="col">Since</th>
                </tr>
              </thead>
              <tbody>
                {keys.map((key) => (
                  <tr key={`${key.kind} ${key.version}`}>
                    <td>{keyKindName(key.kind)}</td>
                    <td>
                      <Badge tone={keyStateTones[key.state]}>{formatWord(key.state)}</Badge>
                    </td>
                    <td className="num">{key.version}</td>
                    <td className="num">{key.suite}</td>
                    <td>{formatWord(key.origin)}</td>
                    <td>
                      <Time at={key.createdAt} />{' '}
                      <span className="muted small">
                        <Ago at={key.createdAt} />
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        )
      }
    </Ready>
  );
}

const tones: Readonly<Record<string, Tone>> = { running: 'accent', done: 'good', failed: 'bad' };

function Rotations({ meterId }: { readonly meterId: number }) {
  const query = useQuery(rotationsQuery(meterId));
  return (
    <Panel title="Rotations" note="the newest first">
      <Ready query={query} what="rotations">
        {(rotations) =>
          rotations.length === 0 ? (
            <p className="muted">Its keys were not rotated yet.</p>
          ) : (
            <ol className="timeline steps" aria-label="Rotations, the newest first">
              {rotations.map((rotation) => (
                <Rotation key={rotation.id} rotation={rotation} />
              ))}
            </ol>
          )
        }
      </Ready>
    </Panel>
  );
}

function Rotation({ rotation }: { readonly rotation: RotationItem }) {
  const nameOf = usePeople();
  const mark = { running: 'now', done: 'good', failed: 'bad', cancelled: 'done' }[rotation.state];
  return (
    <li data-mark={mark}>
      <strong>{rotation.what}</strong>{' '}
      <Badge tone={tones[rotation.state]}>{formatWord(rotation.state)}</Badge>{' '}
      {rotation.state === 'running' && <span>at step “{rotation.step}”</span>}
      <div className="muted small">
        by {nameOf(rotation.createdBy, rotation.createdByName)}, <Time at={rotation.createdAt} />
        {rotation.finishedAt && (
          <>
            {' '}
            – <Time at={rotation.finishedAt} />
          </>
        )}
      </div>
      {rotation.error && (
        <div>
          {rotation.error.detail} <code className="muted">{rotation.error.code}</code>
        </div>
      )}
    </li>
  );
}

const rotated = ['guek', 'gak', 'gbek', 'kek'] as const;

function RotateDialog(props: {
  readonly meterId: number;
  readonly serial: string;
  readonly onClose: () => void;
}) {
  const [kinds, setKinds] = useState<readonly string[]>(['guek', 'gak']);
  const client = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => send('POST', `/api/v1/meters/${props.meterId}/rotations`, { body: { kinds } }),
    onSuccess: async () => {
      for (const key of ['rotations', 'meter-keys']) await client.invalidateQueries({ queryKey: [key] });
      toast('good', `Rotation of ${props.serial} begun`);
      props.onClose();
    },
  });
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (kinds.length > 0 && !rotate.isPending) rotate.mutate();
  };
  return (
    <Dialog title={`Rotate keys of ${props.serial}`} onClose={props.onClose}>
      <form className="form" onSubmit={submit}>
        <p>
          New keys are made here and handed to the meter under its master key. The old ones are kept until the
          meter was heard with the new, so a link that dies half-way locks nobody out.
        </p>
        <div>
          {rotated.map((kind) => (
            <Check
              key={kind}
              label={keyKindName(kind)}
              checked={kinds.includes(kind)}
              onChange={(on) => setKinds(on ? [...kinds, kind] : kinds.filter((each) => each !== kind))}
            />
          ))}
        </div>
        {rotate.error && <ErrorBox error={rotate.error} what="begin the rotation" />}
        <div className="dialog-actions">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={kinds.length === 0}
            busy={rotate.isPending && 'Beginning …'}
          >
            Rotate
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

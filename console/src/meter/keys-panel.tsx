/** Keys of this meter: state, age, use and version, a check of them, and its rotations. Never a key. */
import type { KeyCheckAnswer, MeterKeyItem, RotationItem } from '@openami/server/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { usePeople } from '../commands/words.tsx';
import { KeyState, useFreshKeys, When } from '../keys/key-parts.tsx';
import { RotateDialog } from '../keys/rotate-dialog.tsx';
import { RotationStep } from '../keys/rotations-panel.tsx';
import { formatCounted, formatWord } from '../lib/format.ts';
import { inOrder, keyKindName, rotationTones, verdictWords } from '../lib/key-words.ts';
import { meterKeysQuery, rotationsQuery } from '../queries.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, ErrorBox, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';

export function KeysPanel({ meterId, serial }: { readonly meterId: number; readonly serial: string }) {
  const may = useMay('keys:write');
  const [rotating, setRotating] = useState(false);
  const fresh = useFreshKeys();
  const check = useMutation({
    mutationFn: () => send<KeyCheckAnswer>('POST', `/api/v1/meters/${meterId}/keys/check`, { body: {} }),
    onSettled: fresh,
  });
  return (
    <>
      <Panel
        flush
        title="Keys"
        note="never the key itself"
        actions={
          may && (
            <>
              <Button busy={check.isPending && 'Asking the meter …'} onClick={() => check.mutate()}>
                Check keys
              </Button>
              <Button onClick={() => setRotating(true)}>Rotate keys …</Button>
            </>
          )
        }
      >
        {check.error && <ErrorBox error={check.error} what="check the keys" />}
        {check.data && <Verdicts answer={check.data} />}
        <Versions meterId={meterId} />
      </Panel>
      <Rotations meterId={meterId} />
      {rotating && <RotateDialog meter={{ id: meterId, serial }} onClose={() => setRotating(false)} />}
    </>
  );
}

/** What the meter and its telegrams say, apart. */
function Verdicts({ answer }: { readonly answer: KeyCheckAnswer }) {
  const { meter, meterError, telegramsLooked } = answer;
  // The others are wrong if one is right; if none is, the first are those in use.
  const telegrams = answer.telegrams
    .filter(({ verdict }) => verdict === 'right')
    .concat(answer.telegrams)
    .slice(0, 1);
  return (
    <div className="pad" role="status">
      {meterError && (
        <Notice tone="warn" title="The meter could not be asked">
          <p>
            {meterError.detail} <code className="muted">{meterError.code}</code>
          </p>
        </Notice>
      )}
      {meter.map((one) => (
        <VerdictLine key={`m ${nameOfKeys(one)}`} source="The meter" check={one} />
      ))}
      {telegrams.map((one) => (
        <VerdictLine
          key={`t ${nameOfKeys(one)}`}
          source={`Of its last ${formatCounted(telegramsLooked, 'telegram')}, the newest`}
          check={one}
        />
      ))}
    </div>
  );
}

type Check = KeyCheckAnswer['meter'][number];
const nameOfKeys = ({ keys }: Check) => keys.map(({ kind, version }) => `${kind} ${version}`).join(', ');

function VerdictLine({ source, check }: { readonly source: string; readonly check: Check }) {
  const { text, tone } = verdictWords[check.verdict];
  return (
    <div>
      {source}, tried with {nameOfKeys(check) || 'no key'}: <Badge tone={tone}>{text}</Badge>
      {check.error && (
        <div className="small">
          {check.error.detail} {check.error.hint} <code className="muted">{check.error.code}</code>
        </div>
      )}
    </div>
  );
}

function Versions({ meterId }: { readonly meterId: number }) {
  const query = useQuery(meterKeysQuery(meterId));
  const may = useMay('keys:write');
  const columns: readonly Column<MeterKeyItem>[] = [
    { name: 'Key', cell: ({ kind }) => keyKindName(kind) },
    {
      name: 'State',
      cell: (key) => (
        <>
          <KeyState state={key.state} />
          {may && key.state === 'staged' && <Settle meterId={meterId} item={key} />}
        </>
      ),
    },
    { name: 'Version', num: true, cell: ({ version }) => version },
    { name: 'Suite', num: true, cell: ({ suite }) => suite },
    {
      name: 'Came by',
      cell: ({ origin, createdAt }) => (
        <>
          {formatWord(origin)}, <Time at={createdAt} show="date" />
        </>
      ),
    },
    { name: 'In use since', cell: ({ activatedAt }) => <When at={activatedAt} /> },
    { name: 'Proven last', cell: ({ provenAt }) => <When at={provenAt} /> },
  ];
  return (
    <Ready query={query} what="keys">
      {(keys) => (
        <DataTable
          label="Keys"
          columns={columns}
          rows={inOrder(keys)}
          rowKey={({ kind, version }) => `${kind} ${version}`}
          empty={
            <Empty icon="key" title="No key of this meter is here">
              It can be read only without security until its key file is imported.
            </Empty>
          }
        />
      )}
    </Ready>
  );
}

/** A staged key is settled by the meter itself; these are for kinds that no session proves. */
function Settle({ meterId, item }: { readonly meterId: number; readonly item: MeterKeyItem }) {
  const fresh = useFreshKeys();
  const settle = useMutation({
    mutationFn: (as: 'active' | 'retired') =>
      send('POST', `/api/v1/meters/${meterId}/keys/settle`, {
        body: { kind: item.kind, version: item.version, as },
      }),
    onSettled: fresh,
    onError: (error) => toast('bad', error.message),
  });
  return (
    <>
      {' '}
      <Button look="quiet" busy={settle.isPending && '…'} onClick={() => settle.mutate('active')}>
        Take into use
      </Button>
      <Button look="quiet" onClick={() => settle.mutate('retired')}>
        Give up
      </Button>
    </>
  );
}

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

const marks = { running: 'now', done: 'good', failed: 'bad', cancelled: 'done' } as const;

function Rotation({ rotation }: { readonly rotation: RotationItem }) {
  const nameOf = usePeople();
  return (
    <li data-mark={marks[rotation.state]}>
      <strong>{rotation.what}</strong>{' '}
      <Badge tone={rotationTones[rotation.state]}>{formatWord(rotation.state)}</Badge>{' '}
      {rotation.state !== 'done' && <RotationStep rotation={rotation} />}
      <div className="muted small">
        suite {rotation.units.at(-1)?.suite}, by {nameOf(rotation.createdBy, rotation.createdByName)},{' '}
        <Time at={rotation.createdAt} />
        {rotation.finishedAt && (
          <>
            {' '}
            – <Time at={rotation.finishedAt} />
          </>
        )}
      </div>
    </li>
  );
}

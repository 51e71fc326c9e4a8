/** The safety policy in force, and the kill switch. */
import type { SafetyBody, SafetyItem } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCount, formatInterval } from '../lib/format.ts';
import { safetyQuery } from '../queries.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Panel } from '../ui/panel.tsx';
import { ErrorBox, Notice, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { toast } from '../ui/toast.tsx';
import { SafetyDialog } from './safety-dialog.tsx';
import { useKinds, usePeople } from './words.tsx';

export function SafetyPanel() {
  const query = useQuery(safetyQuery);
  return (
    <Ready query={query} what="the safety policy">
      {(safety) => (
        <div className="stack" style={{ gap: '0.75rem' }}>
          <KillSwitch on={safety.killSwitch} />
          {safety.proposal && <Proposal proposal={safety.proposal} version={safety.version} />}
          <Panel
            title="Safety policy"
            note="asked again right before anything is sent"
            actions={<ChangePolicy safety={safety} />}
          >
            <Policy policy={safety} />
          </Panel>
        </div>
      )}
    </Ready>
  );
}

function ChangePolicy({ safety }: { readonly safety: SafetyItem }) {
  const [open, setOpen] = useState(false);
  if (!useMay('commands:policy')) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>Change …</Button>
      {open && <SafetyDialog safety={safety} onClose={() => setOpen(false)} />}
    </>
  );
}

/** A looser policy that waits for a second person. */
function Proposal({
  proposal,
  version,
}: {
  readonly proposal: NonNullable<SafetyItem['proposal']>;
  readonly version: number;
}) {
  const { user } = useSession();
  const may = useMay('commands:policy');
  const nameOf = usePeople();
  const client = useQueryClient();
  const decide = useMutation({
    // On what is shown here: another may have taken its place meanwhile.
    mutationFn: (what: 'approve' | 'withdraw') =>
      send('POST', `/api/v1/commands/safety/proposal/${what}`, { ifVersion: version }),
    onSuccess: (_, what) =>
      toast('good', what === 'approve' ? 'The policy is in force' : 'The proposal is dropped'),
    onSettled: () => client.invalidateQueries({ queryKey: ['command-safety'] }),
  });
  const own = proposal.proposedBy === user?.id;
  const who = nameOf(proposal.proposedBy, proposal.proposedByName);
  const busy = (what: string, words: string) => decide.isPending && decide.variables === what && words;
  return (
    <Notice tone="warn" title="A looser policy waits for a second person">
      <p>
        Proposed by {who}, <Time at={proposal.proposedAt} />: {proposal.reason}
      </p>
      <ul className="plain-list" aria-label="What it loosens">
        {proposal.loosens.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {own && <p>You proposed it: another administrator puts it in force.</p>}
      {decide.error && <ErrorBox error={decide.error} what="decide" />}
      {may && (
        <div className="row">
          <Button busy={busy('withdraw', 'Dropping …')} onClick={() => decide.mutate('withdraw')}>
            Drop it
          </Button>
          {!own && (
            <Button
              look="danger"
              busy={busy('approve', 'Approving …')}
              onClick={() => decide.mutate('approve')}
            >
              Put it in force
            </Button>
          )}
        </div>
      )}
    </Notice>
  );
}

function KillSwitch({ on }: { readonly on: boolean }) {
  const [asked, setAsked] = useState(false);
  // Whoever may order may stop everything; to go on is for the administrator.
  const stop = useMay('commands:write');
  const go = useMay('commands:policy');
  const may = on ? go : stop;
  const client = useQueryClient();
  const turn = useMutation({
    mutationFn: () => send('POST', `/api/v1/commands/kill-switch/${on ? 'off' : 'on'}`),
    onSuccess: async () => {
      setAsked(false);
      await client.invalidateQueries({ queryKey: ['command-safety'] });
    },
  });
  return (
    <Notice tone={on ? 'bad' : 'good'} title={on ? 'The kill switch is on' : 'The kill switch is off'}>
      <p>{on ? 'Nothing leaves that acts on meters.' : 'Commands leave as the policy allows.'}</p>
      {may && (
        <div className="row">
          <Button look={on ? 'plain' : 'danger'} onClick={() => setAsked(true)}>
            {on ? 'Let commands leave again …' : 'Stop everything …'}
          </Button>
        </div>
      )}
      {on && !go && <p className="muted">An administrator turns it off.</p>}
      {asked && (
        <Dialog title={on ? 'Let commands leave again?' : 'Stop everything?'} onClose={() => setAsked(false)}>
          <p>
            {on
              ? 'Commands and campaigns that wait go on at once.'
              : 'No command that acts on a meter leaves any more, of anybody. Reading goes on.'}
          </p>
          {turn.error && <ErrorBox error={turn.error} what="turn the switch" />}
          <div className="dialog-actions">
            <Button onClick={() => setAsked(false)}>Leave it</Button>
            <Button
              look={on ? 'primary' : 'danger'}
              busy={turn.isPending && 'Turning …'}
              onClick={() => turn.mutate()}
            >
              {on ? 'Let them leave' : 'Stop everything'}
            </Button>
          </div>
        </Dialog>
      )}
    </Notice>
  );
}

function Policy({ policy: safety }: { readonly policy: SafetyBody }) {
  const kinds = useKinds();
  const always = safety.fourEyesAlways.map((name) => kinds.get(name)?.title ?? name).join('; ');
  return (
    <dl className="facts">
      <dt>A second person</dt>
      <dd>
        above {formatCount(safety.fourEyesAboveMeters)} meters{always && `, and always for: ${always}`}
      </dd>
      <dt>Interruptions an hour</dt>
      <dd>
        at most {formatCount(safety.maxPerHour)}, of one feeder {formatCount(safety.maxPerFeederPerHour)}
      </dd>
      <dt>Cool-down</dt>
      <dd>{formatInterval(safety.coolDownS)} between two interruptions of a supply</dd>
      <dt>Meters of an order</dt>
      <dd>at most {formatCount(safety.maxMetersPerOrder)}</dd>
      <dt>Firmware</dt>
      <dd>
        {safety.requireSignature ? 'must be signed by a trusted signer' : 'need not be signed'};{' '}
        {formatCount(safety.signers.length)} trusted
      </dd>
      <dt>Moratoria</dt>
      <dd>
        {safety.moratoria.length === 0 && 'none'}
        {safety.moratoria.map((m) => (
          <div key={`${m.from} ${m.until}`}>
            <Time at={m.from} /> – <Time at={m.until} /> {m.reason}
          </div>
        ))}
      </dd>
    </dl>
  );
}

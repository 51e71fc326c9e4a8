/** Prepay policies: proposed by one administrator, approved by another: the approval of every cut. */
import type { PrepayPolicyItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted, weekdays } from '../lib/format.ts';
import { formatMoney } from '../lib/money.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useSending } from '../ui/use-sending.ts';
import { PolicyDialog } from './policy-dialog.tsx';
import { policiesQuery, prepayKeys, prepayUrl } from './queries.ts';

export function PoliciesPanel() {
  const query = useQuery(policiesQuery);
  const mayChange = useMay('prepay:policy');
  const [edited, setEdited] = useState<PrepayPolicyItem | 'new'>();
  return (
    <>
      <div className="row">
        <p className="grow muted">
          An approved policy is the standing approval under which supplies are cut and restored. The kill
          switch, caps, moratoria and protections of commands hold all the same.
        </p>
        {mayChange && (
          <Button icon="plus" onClick={() => setEdited('new')}>
            Propose a policy
          </Button>
        )}
      </div>
      <Ready query={query} what="policies">
        {(policies) =>
          policies.length === 0 ? (
            <Empty icon="rules" title="There is no policy yet">
              An administrator proposes one, another approves it.
            </Empty>
          ) : (
            shown(policies).map((policy) => (
              <PolicyPanel key={policy.id} policy={policy} onEdit={() => setEdited(policy)} />
            ))
          )
        }
      </Ready>
      {edited && (
        <PolicyDialog policy={edited === 'new' ? undefined : edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}

/** What waits, then what is in force; what was before is history. */
function shown(policies: readonly PrepayPolicyItem[]): PrepayPolicyItem[] {
  const waits = policies.filter(({ state }) => state === 'proposed');
  return [...waits, ...policies.filter(({ inForce }) => inForce)];
}

function PolicyPanel({ policy, onEdit }: { readonly policy: PrepayPolicyItem; readonly onEdit: () => void }) {
  const mayChange = useMay('prepay:policy');
  const waits = policy.state === 'proposed';
  return (
    <Panel
      title={`${policy.code}, version ${policy.number}`}
      note={waits ? <Badge tone="warn">Waits for approval</Badge> : <Badge tone="good">In force</Badge>}
      actions={
        mayChange &&
        (waits ? <Decide policy={policy} /> : <Button onClick={onEdit}>Propose a change …</Button>)
      }
    >
      <Facts facts={policyFacts(policy)} />
    </Panel>
  );
}

function policyFacts(policy: PrepayPolicyItem): readonly Fact[] {
  const { document: of, requestedBy, requestedAt, decidedBy, decidedAt, reason } = policy;
  const money = (amount: string) => formatMoney(amount, of.currency);
  const friendly = of.friendlyDays.map((day) => weekdays[day - 1]).join(', ');
  return [
    [
      'Warns at',
      of.lowDays > 0
        ? `${money(of.lowCredit)}, or ${formatCounted(of.lowDays, 'day')} of usual usage`
        : money(of.lowCredit),
    ],
    ['Lends', Number(of.emergencyCredit) > 0 ? money(of.emergencyCredit) : 'nothing'],
    [
      'Cuts',
      of.disconnects
        ? `between ${of.cutFrom} and ${of.cutUntil}, ${formatCounted(of.graceHours, 'hour')} after the notice`
        : 'never: notices only',
    ],
    ['Not on', friendly],
    ['Holidays', of.holidays.length > 0 && formatCounted(of.holidays.length, 'day')],
    ['On again with', money(of.reconnectMinimum)],
    ['To old debt', `${of.debtSharePercent} % of each payment`],
    [
      'Proposed',
      <>
        <Time at={requestedAt} /> by {requestedBy || 'somebody who is gone'}: {reason}
      </>,
    ],
    [
      'Approved',
      decidedAt && (
        <>
          <Time at={decidedAt} /> by {decidedBy || 'somebody who is gone'}
        </>
      ),
    ],
  ];
}

function Decide({ policy }: { readonly policy: PrepayPolicyItem }) {
  const move = (word: 'approve' | 'withdraw') => ({
    send: () => send('POST', `${prepayUrl}/policies/${policy.id}/${word}`),
    keys: prepayKeys,
    what: `${word} the policy`,
    say: word === 'approve' ? 'In force' : 'Withdrawn',
  });
  const approve = useSending(move('approve'));
  const withdraw = useSending(move('withdraw'));
  return (
    <>
      {policy.mine && <span className="muted">You proposed it: another administrator approves it.</span>}
      <Button busy={withdraw.isPending && 'Working …'} onClick={() => withdraw.mutate()}>
        Withdraw
      </Button>
      {!policy.mine && (
        <Button look="primary" busy={approve.isPending && 'Approving …'} onClick={() => approve.mutate()}>
          Approve
        </Button>
      )}
    </>
  );
}

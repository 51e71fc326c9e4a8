/**
 * The life of one command as the steps that it went, is at, and has before it. What the meter was found to
 * have before and after is the evidence. Pure.
 */
import type { CommandItem, CommandKindItem, CommandOrderItem } from '@openami/server/contract';
import { reasonOf } from './command-words.ts';

export interface TimelineStep {
  readonly title: string;
  readonly mark: 'done' | 'now' | 'ahead' | 'good' | 'bad';
  readonly at?: string | null;
  /** Who did it. */
  readonly by?: { readonly id: string; readonly name: string };
  readonly detail?: string;
  readonly code?: string | null;
  /** What the meter was found to have. */
  readonly found?: Readonly<Record<string, unknown>> | null;
}

/** The steps of a command, the first first. */
export function timelineOf(
  command: CommandItem,
  order: CommandOrderItem,
  kind: Pick<CommandKindItem, 'acts'>,
): TimelineStep[] {
  const by = { id: order.requestedBy, name: order.requestedByName };
  return [
    { title: 'Asked for', mark: 'done', at: order.requestedAt, by, detail: order.reason },
    ...decisionSteps(command, order),
    ...waitSteps(command),
    ...(kind.acts ? sendSteps(command) : []),
    ...readBackSteps(command, kind.acts),
    ...endSteps(command, order, kind.acts),
  ];
}

const waiting = (state: string) => state === 'draft' || state === 'awaiting_approval' || state === 'queued';

function decisionSteps(command: CommandItem, order: CommandOrderItem): TimelineStep[] {
  if (command.state === 'draft') {
    return [{ title: 'A draft, not submitted', mark: 'now' }];
  }
  if (!order.needsApproval) return [];
  const decided = order.decisions.map(
    ({ decision, decidedAt, decidedBy, decidedByName, note }): TimelineStep => ({
      title: decision === 'approved' ? 'Approved' : 'Rejected',
      mark: decision === 'approved' ? 'done' : 'bad',
      ...{ at: decidedAt, by: { id: decidedBy, name: decidedByName }, detail: note },
    }),
  );
  if (decided.length > 0 || command.state !== 'awaiting_approval') return decided;
  return [{ title: 'Waits for a second person', mark: 'now' }];
}

function waitSteps({ state, error, notBefore }: CommandItem): TimelineStep[] {
  if (state !== 'queued') return [];
  const code = error;
  return [{ title: 'Queued, not before', mark: 'now', at: notBefore, detail: reasonOf(error), code }];
}

function sendSteps({ state, phase, before, sends, sentAt }: CommandItem): TimelineStep[] {
  const steps: TimelineStep[] = [];
  if (before !== null) {
    steps.push({ title: 'Meter read before anything was sent', mark: 'done', found: before });
  } else if (phase === 'baseline') steps.push({ title: 'Reading the meter before sending', mark: 'now' });
  if (sends > 0) {
    const again = sends > 1 ? `${sends} times; each time after the meter was found without it.` : '';
    steps.push({
      title: phase === 'sending' ? 'Being sent' : 'Sent',
      mark: 'done',
      at: sentAt,
      detail: again,
    });
  } else if (phase === 'ready') {
    steps.push({ title: 'Asking the safety policy, then sending', mark: 'now' });
  } else if (waiting(state)) steps.push({ title: 'Sent to the meter', mark: 'ahead' });
  return steps;
}

function readBackSteps({ state, phase, after, sends }: CommandItem, acts: boolean): TimelineStep[] {
  const ended = !waiting(state) && state !== 'running';
  if (after !== null && (!acts || sends > 0 || state === 'confirmed')) {
    const title = acts ? 'Meter read back' : 'Meter read';
    return [{ title, mark: phase === 'read-back' ? 'now' : 'done', found: after }];
  }
  if (state === 'running' && (phase === 'read-back' || (!acts && phase === 'ready')))
    return [{ title: acts ? 'Reading the meter back' : 'Reading the meter', mark: 'now' }];
  return ended ? [] : [{ title: acts ? 'Meter read back' : 'Meter read', mark: 'ahead' }];
}

function endSteps(command: CommandItem, order: CommandOrderItem, acts: boolean): TimelineStep[] {
  const { state, error, finishedAt, sends, note } = command;
  const reason = { detail: reasonOf(error), code: error };
  if (state === 'confirmed') {
    const already = acts && sends === 0;
    const detail = already ? 'The meter was as wanted already: nothing was sent.' : '';
    const title = acts ? 'Confirmed by what the meter says' : 'Done';
    return [{ title, mark: 'good', at: finishedAt, detail }];
  }
  if (state === 'failed') return [{ title: 'Failed', mark: 'bad', at: finishedAt, ...reason }];
  if (state === 'expired') return [{ title: 'Expired', mark: 'bad', at: finishedAt, ...reason }];
  if (state === 'cancelled' || state === 'voided') {
    const said = note === state || order.decisions.some((each) => each.note === note);
    const title = state === 'voided' ? 'Voided: the reason is gone' : 'Cancelled';
    return [{ title, mark: 'done', at: finishedAt, detail: said ? '' : note }];
  }
  const why: TimelineStep[] =
    state === 'running' && error !== null ? [{ title: 'Tries again', mark: 'now', ...reason }] : [];
  return [...why, { title: acts ? 'Confirmed by what the meter says' : 'Done', mark: 'ahead' }];
}

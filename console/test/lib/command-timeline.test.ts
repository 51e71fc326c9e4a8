import type { CommandItem, CommandOrderItem } from '@openami/server/contract';
import { describe, expect, it } from 'vitest';
import { timelineOf } from '../../src/lib/command-timeline.ts';
import { cancellable, findingsOf, presentStates, reasonOf } from '../../src/lib/command-words.ts';
import { readItems } from '../../src/lib/read-items.ts';

const at = (minute: number) => `2026-03-31T10:${String(minute).padStart(2, '0')}:00Z`;

const order: CommandOrderItem = {
  ...{ id: 1, kind: 'disconnect', params: {}, reason: 'unpaid', needsApproval: true, meters: 1 },
  ...{
    requestedBy: 'olga',
    requestedByName: 'Olga',
    requestedPerson: 'olga',
    requestedAt: at(0),
    notBefore: at(0),
    expiresAt: at(59),
  },
  ...{ counts: { awaiting_approval: 1 }, decisions: [] },
};
const fresh: CommandItem = {
  ...{ id: 7, orderId: 1, meterId: 3, serial: 'T1002', kind: 'disconnect', params: {} },
  ...{ state: 'awaiting_approval', phase: null, error: null, before: null, after: null, sends: 0, note: '' },
  ...{ notBefore: at(0), expiresAt: at(59), sentAt: null, updatedAt: at(0), finishedAt: null },
};
const approved: CommandOrderItem = {
  ...order,
  decisions: [
    { decidedBy: 'otto', decidedByName: 'Otto', decision: 'approved', note: 'ok', decidedAt: at(5) },
  ],
};
const acts = { acts: true };
const marks = (command: CommandItem, of = approved, kind = acts) =>
  timelineOf(command, of, kind).map(({ title, mark }) => `${mark}: ${title}`);

describe('life of a command', () => {
  it('waits for a second person, with what is still to come', () => {
    expect(marks(fresh, order)).toEqual([
      'done: Asked for',
      'now: Waits for a second person',
      'ahead: Sent to the meter',
      'ahead: Meter read back',
      'ahead: Confirmed by what the meter says',
    ]);
  });

  it('shows what the meter had before and after as evidence', () => {
    const done: CommandItem = {
      ...fresh,
      ...{ state: 'confirmed', sends: 1, sentAt: at(6), finishedAt: at(7) },
      ...{ before: { outputOn: true }, after: { outputOn: false } },
    };
    expect(marks(done)).toEqual([
      'done: Asked for',
      'done: Approved',
      'done: Meter read before anything was sent',
      'done: Sent',
      'done: Meter read back',
      'good: Confirmed by what the meter says',
    ]);
    const found = timelineOf(done, approved, acts).flatMap((step) => (step.found ? [step.found] : []));
    expect(found).toEqual([{ outputOn: true }, { outputOn: false }]);
  });

  it('says that nothing was sent where the meter was as wanted already', () => {
    const already: CommandItem = {
      ...{ ...fresh, state: 'confirmed', after: { outputOn: false }, finishedAt: at(7) },
    };
    const steps = timelineOf(already, approved, acts);
    expect(steps.some(({ title }) => title === 'Sent')).toBe(false);
    expect(steps.at(-1)).toMatchObject({ mark: 'good', detail: expect.stringContaining('nothing was sent') });
  });

  it.each([
    ['queued', null, 'COMMAND_LINK', 'now: Queued, not before'],
    ['running', 'baseline', null, 'now: Reading the meter before sending'],
    ['running', 'read-back', 'COMMAND_LINK', 'now: Tries again'],
    ['failed', null, 'COMMAND_UNCONFIRMED', 'bad: Failed'],
    ['expired', null, 'COMMAND_EXPIRED', 'bad: Expired'],
    ['voided', null, null, 'done: Voided: the reason is gone'],
  ] as const)('says where it stands: %s %s %s', (state, phase, error, wanted) => {
    expect(marks({ ...fresh, state, phase, error })).toContain(wanted);
  });

  it('ends with the rejection, whose note is not said twice', () => {
    const rejected = {
      ...order,
      decisions: [{ ...approved.decisions[0]!, decision: 'rejected', note: 'no' }],
    };
    const cancelled: CommandItem = { ...fresh, state: 'cancelled', note: 'no', finishedAt: at(6) };
    const steps = timelineOf(cancelled, rejected as CommandOrderItem, acts);
    expect(steps.map(({ title }) => title)).toEqual(['Asked for', 'Rejected', 'Cancelled']);
    expect(steps.filter(({ detail }) => detail === 'no')).toHaveLength(1);
  });

  it('has nothing of sending for what only reads', () => {
    const read: CommandItem = { ...fresh, kind: 'read', state: 'queued' };
    const titles = timelineOf(read, { ...order, needsApproval: false }, { acts: false }).map((s) => s.title);
    expect(titles).toEqual(['Asked for', 'Queued, not before', 'Meter read', 'Done']);
  });
});

describe('words of commands', () => {
  it('tells what a meter has', () => {
    expect(findingsOf({ outputOn: false, control: 'armed' })).toEqual([
      ['Supply', 'off (relay open)'],
      ['Control', 'armed'],
    ]);
    expect(findingsOf({ driftMs: -90_000 })).toEqual([['Clock', '90 s behind ours']]);
    expect(findingsOf({ driftMs: 999 })).toEqual([['Clock', 'right to the second']]);
    expect(findingsOf({ values: ['1', '2'] })).toEqual([
      ['Value 1', '1'],
      ['Value 2', '2'],
    ]);
    expect(findingsOf(null)).toEqual([]);
  });

  it('has a sentence for a code it does not know', () => {
    expect(reasonOf('COMMAND_LINK')).toContain('could not be reached');
    expect(reasonOf('SOMETHING_NEW')).toBe('Something new');
    expect(reasonOf(null)).toBe('');
  });

  it('orders states by the life of a command, and counts what can be taken back', () => {
    const counts = { failed: 1, queued: 2, running: 3, draft: 0 };
    expect(presentStates(counts)).toEqual([
      ['queued', 2],
      ['running', 3],
      ['failed', 1],
    ]);
    expect(cancellable(counts)).toBe(2);
  });

  it('reads the clock and each register once', () => {
    const obis = ['1-0:1.8.0*255', '1-0:1.8.0*255', '1-0:2.8.0', 'no code'];
    expect(readItems(obis.map((code) => ({ obis: code })))).toEqual([
      { classId: 8, obis: '0.0.1.0.0.255', attribute: 2 },
      { classId: 3, obis: '1.0.1.8.0.255', attribute: 2 },
      { classId: 3, obis: '1.0.2.8.0.255', attribute: 2 },
    ]);
  });
});

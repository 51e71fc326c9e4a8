import { commandSteps } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandKindNames, kindOf } from '../../src/commands/kinds.ts';
import {
  apply,
  beginCommand,
  type CommandEvent,
  type CommandState,
  decide,
  unsentPhases,
} from '../../src/commands/life-cycle.ts';

const observation = { outputOn: true, control: 'connected', mode: 4 } as const;
const outcome = fc.constantFrom('refused', 'unsupported', 'not-sent', 'lost') as fc.Arbitrary<'lost'>;
const anyEvent: fc.Arbitrary<CommandEvent> = fc.oneof(
  fc.record({ type: fc.constant('submitted' as const), needsApproval: fc.boolean() }),
  fc
    .constantFrom(...(['approved', 'cancelled', 'voided', 'started', 'expired'] as const))
    .map((type) => ({ type })),
  fc.constantFrom('marked' as const, 'recovered' as const).map((type) => ({ type })),
  fc.record({
    type: fc.constantFrom('observed-before', 'observed-after'),
    observation: fc.constant(observation),
    done: fc.boolean(),
  }) as fc.Arbitrary<CommandEvent>,
  fc.record({
    type: fc.constantFrom('missed-before', 'missed-after'),
    outcome,
  }) as fc.Arbitrary<CommandEvent>,
  fc.constant({ type: 'missed-after' as const, outcome: 'pending' as const }),
  fc.record({
    type: fc.constant('executed' as const),
    outcome: fc.oneof(outcome, fc.constant('ok' as const)),
  }),
  fc.record({
    type: fc.constant('denied' as const),
    code: fc.constant('COMMAND_RATE'),
    retryAtS: fc.option(fc.integer({ min: 0, max: 100_000 })),
  }),
);
/** Mostly what belongs to the state, so that sequences get somewhere. */
const turns = fc.array(
  fc.record({ event: anyEvent, byRule: fc.constantFrom(true, true, true, true, false), passS: fc.nat(7200) }),
  {
    minLength: 5,
    maxLength: 60,
    size: 'max',
  },
);

const ended = (state: CommandState) => commandSteps.indexOf(state.step) > commandSteps.indexOf('running');

describe('life of a command', () => {
  it('keeps its rules in any sequence of events', () => {
    let confirmed = 0;
    let repeated = 0;
    fc.assert(
      fc.property(fc.constantFrom(...commandKindNames), turns, (name, sequence) => {
        const rules = kindOf(name);
        let nowS = 1000;
        let state = beginCommand({ notBeforeS: nowS, expiresAtS: nowS + 40_000 });
        let approved = false;
        let mayHaveLeft = 0;
        let readSince = true;
        for (const { event: random, byRule, passS } of sequence) {
          nowS += byRule ? passS % 60 : passS;
          let action = decide(state, rules, nowS);
          if (byRule && action.do === 'wait' && action.untilS < state.expiresAtS) {
            nowS = action.untilS;
            action = decide(state, rules, nowS);
          }
          let event = random;
          if (byRule && action.do === 'start') event = { type: 'started' };
          if (byRule && action.do === 'mark') event = { type: 'marked' };
          if (byRule && state.step === 'draft') event = { type: 'submitted', needsApproval: passS % 2 === 0 };
          if (byRule && action.do === 'observe-before')
            event = { type: 'observed-before', observation, done: passS % 5 === 0 };
          if (byRule && state.step === 'awaiting_approval') event = { type: 'approved' };
          if (byRule && action.do === 'execute') event = { type: 'executed', outcome: 'ok' };
          if (byRule && action.do === 'observe-after')
            event = { type: 'observed-after', observation, done: passS % 3 === 0 };
          const next = apply(state, event, rules, nowS);
          if (event.type === 'approved' && state.step === 'awaiting_approval') approved = true;
          if (event.type === 'submitted' && state.step === 'draft') approved = !event.needsApproval;
          // Ended is ended.
          if (ended(state)) expect(next).toBe(state);
          // It leaves from `ready` alone, approved, in time, and not again before it was read back.
          if (next.phase === 'sending' && state.phase !== 'sending') {
            expect(state.phase).toBe('ready');
            expect(approved).toBe(true);
            expect(nowS).toBeLessThan(state.expiresAtS);
            expect(readSince).toBe(true);
            expect(rules.acts).toBe(true);
            mayHaveLeft++;
            if (mayHaveLeft > 1) repeated++;
            readSince = false;
          }
          if (event.type === 'executed' && event.outcome === 'not-sent' && state.phase === 'sending') {
            mayHaveLeft--;
            readSince = true;
          }
          if (event.type === 'observed-after' && state.phase === 'read-back') readSince = true;
          expect(mayHaveLeft).toBeLessThanOrEqual(rules.repeat === 'never' ? 1 : 3);
          // Confirmed by what was read, and by nothing else.
          if (next.step === 'confirmed' && state.step !== 'confirmed') {
            expect(['observed-before', 'observed-after']).toContain(event.type);
            expect((event as { done: boolean }).done).toBe(true);
            confirmed++;
          }
          // What may be in the meter is neither taken back nor said to have come to nothing.
          if (['cancelled', 'voided', 'expired'].includes(next.step) && next.step !== state.step) {
            if (state.step === 'running') expect(unsentPhases).toContain(state.phase);
            expect(readSince).toBe(true);
          }
          expect(next.phase === null).toBe(next.step !== 'running');
          state = next;
        }
      }),
      { numRuns: 3000 },
    );
    expect(confirmed).toBeGreaterThan(100);
    expect(repeated).toBeGreaterThan(20);
  });

  it('always comes to an end when time passes and the meter answers', () => {
    for (const name of commandKindNames) {
      const rules = kindOf(name);
      let state = apply(
        beginCommand({ notBeforeS: 0, expiresAtS: 86_400 }),
        { type: 'submitted', needsApproval: false },
        rules,
        0,
      );
      for (let nowS = 0, step = 0; !ended(state); nowS += 30, step++) {
        expect(step).toBeLessThan(10_000);
        const action = decide(state, rules, nowS);
        const event: Partial<Record<typeof action.do, CommandEvent>> = {
          start: { type: 'started' },
          'observe-before': { type: 'observed-before', observation, done: false },
          mark: { type: 'marked' },
          execute: { type: 'executed', outcome: 'ok' },
          'observe-after': { type: 'observed-after', observation, done: false },
        };
        const happens = event[action.do];
        if (happens) state = apply(state, happens, rules, nowS);
      }
      expect(state).toMatchObject({ step: 'failed', error: 'COMMAND_NOT_DONE' });
      expect(state.sends).toBe(!rules.acts ? 0 : rules.repeat === 'safe' ? 3 : 1);
    }
  });
});

import type { SecuritySuite } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  apply,
  beginRotation,
  decide,
  type MeterOutcome,
  planRotation,
  type RotatedKind,
  type RotationEvent,
} from '../../src/keys/rotation.ts';
import { runRotationSession } from '../../src/keys/rotation-session.ts';
import { type Fault, faults, ProcessDied, World } from './rotation-model.ts';

const graceS = 3600;

interface Case {
  readonly kinds: readonly RotatedKind[];
  readonly from: SecuritySuite;
  readonly to: SecuritySuite;
}
const cases: readonly (Case & { name: string })[] = [
  { name: 'encryption key', kinds: ['guek'], from: 0, to: 0 },
  { name: 'authentication key', kinds: ['gak'], from: 0, to: 0 },
  { name: 'broadcast key', kinds: ['gbek'], from: 1, to: 1 },
  { name: 'master key', kinds: ['kek'], from: 0, to: 0 },
  { name: 'all keys', kinds: ['guek', 'gak', 'kek', 'gbek'], from: 0, to: 0 },
  { name: 'suite 0 to 1', kinds: ['guek'], from: 0, to: 1 },
  { name: 'suite 1 to 2', kinds: ['guek', 'gak', 'kek'], from: 1, to: 2 },
];

/** Sessions, a while apart, until the rotation ends; the process starts again where it dies. */
async function run(world: World, maxSessions = 60): Promise<number> {
  for (let session = 1; session <= maxSessions; session++) {
    try {
      const after = await runRotationSession(world.state, world.effects(), {
        nowS: () => world.nowS,
        graceS,
      });
      if (after.step !== world.state.step) throw new Error('the session ended with a state it did not store');
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
    }
    world.check();
    if (['done', 'failed', 'cancelled'].includes(world.state.step)) return session;
    world.nowS += graceS / 2;
  }
  throw new Error(`no end: ${JSON.stringify(world.state)}`);
}

async function play(plan: Case, script: ReadonlyMap<number, Fault>, resetsCounter: boolean): Promise<World> {
  const units = planRotation(plan.kinds, plan);
  const world = new World(units, script, { resetsCounter, suite: plan.from });
  await run(world);
  const left = world.keys.filter(({ state }) => state === 'staged' || state === 'previous');
  const renewed = plan.kinds.every(
    (kind) =>
      world.key(kind, 'active')?.version === 2 &&
      world.meter[kind] === 2 &&
      world.destroyed.includes(`${kind}1`),
  );
  if (world.state.step !== 'done' || left.length > 0 || !renewed || world.meterSuite !== plan.to) {
    throw new Error(`after ${JSON.stringify([...script])}: ${JSON.stringify(world)}`);
  }
  return world;
}

describe.each(cases)('rotation of $name', (plan) => {
  it('goes through without faults', async () => {
    const world = await play(plan, new Map(), false);
    expect(world.step).toBeGreaterThan(4);
  });

  it('recovers from any fault at any step, and any two', async () => {
    const { step: steps } = await play(plan, new Map(), true);
    let played = 0;
    for (const resets of [false, true]) {
      for (let first = 0; first < steps; first++) {
        for (const one of faults) {
          await play(plan, new Map([[first, one]]), resets);
          played++;
        }
      }
    }
    // Pairs for one meter; all keys at once have too many steps for every pair: the property below takes those.
    if (plan.kinds.length < 4) {
      for (let first = 0; first < steps; first++) {
        for (let second = first + 1; second < steps + 4; second++) {
          for (const one of faults) {
            for (const two of faults) {
              await play(
                plan,
                new Map([
                  [first, one],
                  [second, two],
                ]),
                (first + second) % 2 === 0,
              );
              played++;
            }
          }
        }
      }
    }
    expect(played).toBeGreaterThan(faults.length * steps);
  }, 120_000);
});

describe('rotation', () => {
  it('recovers from any number of faults', async () => {
    const scripts = fc.dictionary(fc.nat(80).map(String), fc.constantFrom(...faults), { maxKeys: 25 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...cases), scripts, fc.boolean(), async (plan, script, resets) => {
        const steps = new Map(Object.entries(script).map(([at, fault]) => [Number(at), fault]));
        const falls = [...steps.values()].filter((fault) => fault === 'fall-back').length;
        // A meter that falls back again and again is given up, by design: see below.
        fc.pre(falls < 3);
        await play(plan, steps, resets);
      }),
      { numRuns: 400 },
    );
  });

  it.each(['unsupported', 'refused', 'ok'] as MeterOutcome[])(
    'gives up with both keys kept when the meter says %s and goes on with the old key',
    async (refuses) => {
      for (const kind of ['guek', 'gak', 'kek'] as const) {
        const world = new World(planRotation([kind], { from: 0, to: 0 }), new Map(), {
          ...{ resetsCounter: false, suite: 0, refuses },
        });
        await run(world);
        expect(world.state.step).toBe('failed');
        expect(world.key(kind, 'active')).toMatchObject({ version: 1 });
        expect(world.key(kind, 'staged')).toMatchObject({ version: 2 });
        expect(world.destroyed).toEqual([]);
        // The next rotation takes the staged key up again.
        const next = new World(planRotation([kind], { from: 0, to: 0 }), new Map(), {
          ...{ resetsCounter: false, suite: 0 },
        });
        next.keys = world.keys;
        await run(next);
        expect(next.state.step).toBe('done');
        expect(next.key(kind, 'active')).toMatchObject({ version: 2 });
      }
    },
  );

  it('never gives a meter up for a link that breaks', async () => {
    const always = new Map(
      Array.from({ length: 200 }, (_, at) => [at, at % 5 === 0 ? 'lose-request' : 'lose-answer'] as const),
    );
    const world = new World(planRotation(['guek'], { from: 0, to: 0 }), always as never, {
      ...{ resetsCounter: false, suite: 0 },
    });
    await expect(run(world, 60)).rejects.toThrow('no end');
    expect(world.destroyed).toEqual([]);
    expect(world.state.step).not.toBe('failed');
  });

  it('can be cancelled before anything was sent, and not after', () => {
    const begun = beginRotation(planRotation(['guek'], { from: 0, to: 0 }));
    const fresh = [{ kind: 'guek' as const, version: 2 }];
    const old = [{ kind: 'guek' as const, version: 1 }];
    const ready = apply(begun, { type: 'staged', fresh, old }, 0, graceS).state;
    const cancelled = apply(ready, { type: 'cancelled' }, 0, graceS);
    expect(cancelled.state.step).toBe('cancelled');
    expect(cancelled.moves).toEqual([{ kind: 'guek', version: 2, from: 'staged', to: 'retired' }]);
    const marked = apply(ready, { type: 'marked' }, 0, graceS).state;
    expect(apply(marked, { type: 'cancelled' }, 0, graceS)).toMatchObject({ state: marked, moves: [] });
  });

  it('learns from an ordinary session which key is in use', () => {
    const begun = beginRotation(planRotation(['guek'], { from: 0, to: 0 }));
    const fresh = [{ kind: 'guek' as const, version: 2 }];
    const old = [{ kind: 'guek' as const, version: 1 }];
    const ready = apply(begun, { type: 'staged', fresh, old }, 0, graceS).state;
    const uncertain = apply(ready, { type: 'marked' }, 0, graceS).state;
    const committed = apply(uncertain, { type: 'observed', which: 'new' }, 100, graceS);
    expect(committed.state).toMatchObject({ step: 'grace', graceUntilS: 100 + graceS });
    const late = 100 + graceS * 2;
    expect(apply(committed.state, { type: 'observed', which: 'new' }, late, graceS).moves).toEqual([]);
    const fell = apply(committed.state, { type: 'observed', which: 'old' }, 200, graceS);
    expect(fell.state).toMatchObject({ step: 'uncertain', next: 'send' });
    expect(fell.moves).toContainEqual({ kind: 'guek', version: 1, from: 'previous', to: 'active' });
  });

  it('goes on for as long as the network drops the transfer and nothing else', async () => {
    const world = new World(planRotation(['guek'], { from: 0, to: 0 }), new Map(), {
      ...{ resetsCounter: false, suite: 0, losesSends: 20 },
    });
    expect(await run(world)).toBeGreaterThan(20);
    expect(world.state.step).toBe('done');
  });

  it('keeps the old key for the whole grace time, whatever sessions there are', async () => {
    const world = new World(planRotation(['guek'], { from: 0, to: 0 }), new Map(), {
      ...{ resetsCounter: false, suite: 0 },
    });
    const session = () =>
      runRotationSession(world.state, world.effects(), { nowS: () => world.nowS, graceS });
    await session();
    const until = world.state.graceUntilS;
    expect(until).toBe(world.nowS + graceS);
    for (; world.nowS < until; world.nowS += 600) {
      expect((await session()).step).toBe('grace');
      expect(world.key('guek', 'previous')).toMatchObject({ version: 1 });
    }
    expect((await session()).step).toBe('done');
    expect(world.destroyed).toEqual(['guek1']);
  });

  it('destroys nothing unless the new key was proven after the grace, whatever the meter says', () => {
    const outcome = fc.constantFrom<MeterOutcome>(
      ...(['ok', 'ok', 'wrong-key', 'wrong-title', 'counter', 'unsupported', 'refused', 'lost'] as const),
    );
    const rarely = fc.constantFrom(
      ...Array.from({ length: 12 }, () => undefined),
      'new' as const,
      'old' as const,
    );
    const turn = fc.record({
      outcome,
      passS: fc.integer({ min: 0, max: graceS }),
      observed: rarely,
      unasked: rarely,
    });
    let destroyed = 0;
    fc.assert(
      fc.property(fc.array(turn, { minLength: 10, maxLength: 60, size: 'max' }), (turns) => {
        let state = beginRotation(planRotation(['gak', 'guek'], { from: 0, to: 0 }));
        let nowS = 0;
        for (const each of turns) {
          nowS += each.passS;
          const action = decide(state, nowS);
          const { kinds } = state.units[state.unit] ?? { kinds: [] };
          const of = (version: number) => kinds.map((kind) => ({ kind, version }));
          let event: RotationEvent = { type: 'marked' };
          if (each.observed) event = { type: 'observed', which: each.observed };
          else if (each.unasked) event = { type: 'verified', which: each.unasked, outcome: each.outcome };
          else if (action.do === 'stage') event = { type: 'staged', fresh: of(2), old: of(1) };
          else if (action.do === 'send') event = { type: 'sent', outcome: each.outcome };
          else if (action.do === 'verify')
            event = { type: 'verified', which: action.which, outcome: each.outcome };
          const step = apply(state, event, nowS, graceS);
          for (const move of step.moves.filter(({ to }) => to === 'retired')) {
            destroyed++;
            expect(state.step).toBe('grace');
            expect(nowS).toBeGreaterThanOrEqual(state.graceUntilS);
            expect(event).toEqual({ type: 'verified', which: 'new', outcome: 'ok' });
            expect(move.from).toBe('previous');
          }
          // The next unit begins only when the one before left nothing unproven.
          if (step.state.unit > state.unit) expect(step.moves.every(({ to }) => to === 'retired')).toBe(true);
          state = step.state;
        }
      }),
      { numRuns: 2000 },
    );
    expect(destroyed).toBeGreaterThan(100);
  });
});

import {
  type AccessContext,
  type KeyMove,
  type KeyState,
  type MeterKey,
  OpenAmiError,
  systemAccess,
} from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyLife, type KeyProof, movesAfterProof } from '../../src/keys/key-life.ts';
import { keySetsToTry } from '../../src/keys/key-sets.ts';

const dayMs = 86_400_000;
const graceS = 7 * 86_400;

function key(kind: 'guek' | 'gak', version: number, state: KeyState, activatedMs = 0): MeterKey {
  return {
    ...{ meterId: 1, kind, version, state, suite: 0, wrappingKey: 'd', origin: 'imported', createdBy: 'u' },
    ...{ createdAt: new Date(0), activatedAt: new Date(activatedMs), provenAt: null, retiredAt: null },
  };
}

/** The keys after moves, which must start from what is there and leave one of each state. */
function moved(keys: readonly MeterKey[], moves: readonly KeyMove[], nowMs: number): MeterKey[] {
  const after = keys.map((one) => {
    const move = moves.find(({ kind, version }) => kind === one.kind && version === one.version);
    if (move === undefined) return one;
    expect(move.from).toBe(one.state);
    return { ...one, state: move.to, ...(move.to === 'active' ? { activatedAt: new Date(nowMs) } : {}) };
  });
  for (const state of ['staged', 'active', 'previous'] as const) {
    for (const kind of ['guek', 'gak'] as const) {
      expect(after.filter((one) => one.kind === kind && one.state === state).length).toBeLessThan(2);
    }
  }
  return after;
}

describe('what a proof changes', () => {
  it.each<readonly [string, readonly MeterKey[], number, number, readonly string[]]>([
    ['nothing when all is settled', [key('guek', 1, 'active')], 0, 100, []],
    [
      'the staged key comes into use, the one before is kept',
      [key('guek', 1, 'active'), key('guek', 2, 'staged')],
      ...([1, 100, ['1 active previous', '2 staged active']] as const),
    ],
    [
      'nothing when the active key is proven beside a staged one',
      [key('guek', 1, 'active'), key('guek', 2, 'staged')],
      ...([0, 100, []] as const),
    ],
    [
      'the one before is kept through the grace time',
      [key('guek', 1, 'previous'), key('guek', 2, 'active')],
      ...([1, 6, []] as const),
    ],
    [
      'and destroyed after it',
      [key('guek', 1, 'previous'), key('guek', 2, 'active')],
      ...([1, 7, ['1 previous retired']] as const),
    ],
    [
      'a meter that fell back takes its key along',
      [key('guek', 1, 'previous'), key('guek', 2, 'active')],
      ...([0, 9, ['2 active staged', '1 previous active']] as const),
    ],
    [
      'with three keys, nothing is guessed',
      [key('guek', 1, 'previous'), key('guek', 2, 'active'), key('guek', 3, 'staged')],
      ...([0, 9, []] as const),
    ],
    [
      'the oldest of three makes room',
      [key('guek', 1, 'previous'), key('guek', 2, 'active'), key('guek', 3, 'staged')],
      ...([2, 1, ['1 previous retired', '2 active previous', '3 staged active']] as const),
    ],
    ['a first key that was staged', [key('guek', 1, 'staged')], 0, 1, ['1 staged active']],
  ])('%s', (_, all, used, days, wanted) => {
    const moves = movesAfterProof({ meterId: 1, used: [all[used]!], all }, days * dayMs, graceS);
    expect(moves.map(({ version, from, to }) => `${version} ${from} ${to}`)).toEqual(wanted);
    moved(all, moves, 0);
  });

  it('never loses the key a meter uses, whatever it does and when', () => {
    const step = fc.record({
      days: fc.integer({ min: 0, max: 20 }),
      switches: fc.boolean(),
      stages: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let keys = [key('guek', 1, 'active'), key('gak', 1, 'active')];
        let inMeter = 1;
        let nowMs = 0;
        for (const { days, switches, stages } of steps) {
          nowMs += days * dayMs;
          const guek = (state: KeyState) => keys.find((one) => one.kind === 'guek' && one.state === state);
          if (stages && !guek('staged')) {
            const version = Math.max(...keys.map((one) => one.version)) + 1;
            keys = [...keys, key('guek', version, 'staged')];
          }
          const other = guek('staged') ?? guek('previous');
          if (switches && other) inMeter = other.version;
          // The session tries the sets in order until one opens.
          const live = keys.filter(({ state }) => state !== 'retired');
          const set = keySetsToTry(live).find((one) => one.get('guek')!.version === inMeter);
          expect(set, `no set has ${inMeter}`).toBeDefined();
          const proof: KeyProof = { meterId: 1, used: [...set!.values()], all: live };
          keys = moved(keys, movesAfterProof(proof, nowMs, graceS), nowMs);
          expect(keys.find(({ kind, version }) => kind === 'guek' && version === inMeter)!.state).not.toBe(
            'retired',
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the life of keys over a store', () => {
  function rig(over: { rotating?: boolean; fails?: boolean } = {}) {
    const calls = { moves: [] as KeyMove[], proven: [] as number[], forgotten: 0, warned: 0 };
    const clock = { at: 0, nowMs: () => clock.at };
    const life = new KeyLife({
      ...{ ctx: systemAccess, clock, graceS },
      store: {
        move: async (_: AccessContext, moves: readonly KeyMove[]) => {
          const wrong = { fault: 'caller', status: 409, title: '', hint: '' } as const;
          if (over.fails) throw new OpenAmiError('KEY_STATE', wrong, 'moved on');
          calls.moves.push(...moves);
        },
        proven: async (_, keys) => void calls.proven.push(...keys.map(({ atMs }) => atMs)),
      },
      isRotating: async () => over.rotating ?? false,
      forget: () => void calls.forgotten++,
      log: { info: () => undefined, warn: () => void calls.warned++ },
    });
    return { life, calls, clock };
  }
  const all = [key('guek', 1, 'active'), key('guek', 2, 'staged')];
  const proof: KeyProof = { meterId: 1, used: [all[1]!], all };

  it('leaves a meter to its rotation, and lives with somebody else being first', async () => {
    const rotating = rig({ rotating: true });
    await rotating.life.proven(proof);
    expect(rotating.calls).toMatchObject({ moves: [], forgotten: 1 });
    const late = rig({ fails: true });
    await late.life.proven(proof);
    expect(late.calls).toMatchObject({ warned: 1, forgotten: 1 });
  });

  it('notes the time of a proof once an hour', async () => {
    const { life, calls, clock } = rig();
    const settled: KeyProof = { meterId: 1, used: [all[0]!], all: [all[0]!] };
    for (clock.at = 0; clock.at < 2 * 3_600_000; clock.at += 600_000) await life.proven(settled);
    expect(calls.proven).toEqual([]);
    await life.flush();
    await life.flush();
    expect(calls.proven).toEqual([0, 3_600_000]);
    expect(calls.forgotten).toBe(0);
  });
});

/**
 * A simulated meter, a simulated store and a link that fails by script: what the rotation is proven against.
 * Keys are their versions here. Every look at the world checks what must always hold.
 */
import type { KeyMove, KeyState, SecuritySuite } from '@openami/model';
import { keySetsToTry } from '../../src/keys/key-sets.ts';
import {
  beginRotation,
  type KeyVersion,
  type MeterOutcome,
  type RotatedKind,
  type RotationState,
  type RotationUnit,
} from '../../src/keys/rotation.ts';
import type { RotationEffects } from '../../src/keys/rotation-session.ts';

/** What happens at one exchange with the meter, or at one write of the store. */
export const faults = [
  'lose-request',
  'lose-answer',
  'reboot-before',
  'reboot-after',
  'fall-back',
  'stale-counter',
  'die-before-store',
  'die-after-store',
] as const;
export type Fault = (typeof faults)[number];

export interface Key {
  kind: RotatedKind;
  version: number;
  state: KeyState;
}

type Versions = Partial<Record<RotatedKind, number>>;

interface Habits {
  readonly resetsCounter: boolean;
  readonly suite: SecuritySuite;
  /** What it answers to every new key. */
  readonly refuses?: MeterOutcome;
  /** So many transfers never arrive: the network drops what is long. */
  losesSends?: number;
}

class ProcessDied extends Error {}

export class World {
  /** What the meter uses, and what it used before its last change. */
  meter: Versions = { guek: 1, gak: 1, gbek: 1, kek: 1 };
  meterSuite: SecuritySuite;
  private before: Versions = { ...this.meter };
  /** Last counter the meter took, by version of its encryption key; reset or kept over a change. */
  private meterCounter = 0;
  private readonly reserved = new Map<number, number>();
  private readonly used = new Map<number, number>();
  keys: Key[] = (['guek', 'gak', 'gbek', 'kek'] as const).map((kind) => ({
    kind,
    version: 1,
    state: 'active',
  }));
  state: RotationState;
  nowS = 1_000_000;
  /** Exchanges and writes so far: faults are by their number. */
  step = 0;
  /** The keys that are destroyed. */
  readonly destroyed: string[] = [];

  private readonly script: ReadonlyMap<number, Fault>;
  private readonly habits: Habits;

  constructor(units: readonly RotationUnit[], script: ReadonlyMap<number, Fault>, habits: Habits) {
    this.script = script;
    this.habits = habits;
    this.state = beginRotation(units);
    this.meterSuite = habits.suite;
  }

  key(kind: RotatedKind, state: KeyState): Key | undefined {
    return this.keys.find((key) => key.kind === kind && key.state === state);
  }

  /** What must hold at any instant. Plain comparisons: it is asked millions of times. */
  check(): void {
    const wrong = (what: string): never => {
      throw new Error(
        `${what}: ${JSON.stringify({ meter: this.meter, keys: this.keys, state: this.state })}`,
      );
    };
    const inUse = Object.entries(this.meter) as [RotatedKind, number][];
    for (const [kind, version] of inUse) {
      const kept = this.keys.find((key) => key.kind === kind && key.version === version);
      if (kept === undefined || kept.state === 'retired') wrong(`the meter uses ${kind} ${version}`);
    }
    const sets = keySetsToTry(this.keys.filter(({ state }) => state !== 'retired'));
    if (!sets.some((set) => inUse.every(([kind, version]) => set.get(kind)?.version === version))) {
      wrong('no session gets through');
    }
    const names = this.keys
      .filter(({ state }) => state !== 'retired')
      .map(({ kind, state }) => `${kind} ${state}`);
    if (new Set(names).size !== names.length) wrong('two keys of a kind in one state');
    const both = names.includes('guek staged') && names.includes('gak staged');
    if (both && this.state.units[this.state.unit]?.kinds.length === 1) wrong('guek and gak unproven at once');
  }

  private fault(): Fault | undefined {
    return this.script.get(this.step++);
  }

  /** A counter of the version, reserved in blocks of one: used once, whatever becomes of the message. */
  private counter(version: number): number {
    const next = (this.reserved.get(version) ?? this.reserved.get(version - 1) ?? 0) + 1;
    this.reserved.set(version, next);
    const last = this.used.get(version) ?? 0;
    if (next <= last) throw new Error(`counter ${next} after ${last}`);
    this.used.set(version, next);
    return next;
  }

  /** One exchange under an encryption key; `act` is what the meter does when it takes the request. */
  private exchange(guek: number, gak: number, suite: SecuritySuite, act: () => MeterOutcome): MeterOutcome {
    const fault = this.fault();
    if (fault === 'fall-back') this.fallBack();
    // Another head-end, or a clock of counters: what we send next is behind.
    if (fault === 'stale-counter') this.meterCounter += 500;
    const counter = this.counter(guek);
    if (fault === 'lose-request' || fault === 'reboot-before') return 'lost';
    const answer = this.meterTakes(guek, gak, suite, counter, act);
    this.check();
    return fault === 'lose-answer' || fault === 'reboot-after' ? 'lost' : answer;
  }

  private meterTakes(
    guek: number,
    gak: number,
    suite: SecuritySuite,
    counter: number,
    act: () => MeterOutcome,
  ): MeterOutcome {
    if (guek !== this.meter.guek || gak !== this.meter.gak || suite !== this.meterSuite) return 'wrong-key';
    if (counter <= this.meterCounter) return 'counter';
    this.meterCounter = counter;
    return act();
  }

  /** The meter restarts with the keys it had before its last change. */
  private fallBack(): void {
    // A meter keeps both sets only as long as we must reckon with it: our grace.
    const reckoned = Object.entries(this.before).every(([kind, version]) =>
      this.keys.some((key) => key.kind === kind && key.version === version && key.state !== 'retired'),
    );
    if (!reckoned) return;
    if (this.before.guek !== this.meter.guek) this.meterSuite = this.suiteOf(this.before.guek!);
    this.meter = { ...this.before };
  }

  private readonly suites = new Map<number, SecuritySuite>();
  private suiteOf(guek: number): SecuritySuite {
    return this.suites.get(guek) ?? this.habits.suite;
  }

  private store(work: () => void): void {
    const fault = this.fault();
    if (fault === 'die-before-store') throw new ProcessDied();
    work();
    this.check();
    if (fault === 'die-after-store') throw new ProcessDied();
  }

  private version(kind: RotatedKind, keys: readonly KeyVersion[]): number {
    return keys.find((key) => key.kind === kind)?.version ?? this.key(kind, 'active')!.version;
  }

  effects(): RotationEffects {
    return {
      stage: async (unit) => {
        const old = unit.kinds.map((kind) => ({ kind, version: this.key(kind, 'active')!.version }));
        const fresh = unit.kinds.map((kind) => {
          const staged = this.key(kind, 'staged');
          const newest = Math.max(
            ...this.keys.filter((key) => key.kind === kind).map(({ version }) => version),
          );
          return { kind, version: staged?.version ?? newest + 1 };
        });
        const add = fresh.filter(({ kind }) => this.key(kind, 'staged') === undefined);
        return { fresh, old, add: add as never };
      },
      sendKeys: async (unit, fresh) => {
        if (this.habits.losesSends) {
          this.habits.losesSends--;
          return 'lost';
        }
        const guek = this.key('guek', 'active')!.version;
        const wrappedUnder = this.key('kek', 'active')!.version;
        return this.exchange(guek, this.key('gak', 'active')!.version, this.suiteOf(guek), () => {
          if (this.habits.refuses) return this.habits.refuses;
          if (wrappedUnder !== this.meter.kek) return 'refused';
          this.before = { ...this.meter };
          for (const { kind, version } of fresh) this.meter[kind] = version;
          const newGuek = fresh.find(({ kind }) => kind === 'guek');
          if (newGuek) {
            this.suites.set(newGuek.version, unit.suite);
            this.meterSuite = unit.suite;
            if (this.habits.resetsCounter) this.meterCounter = 0;
          }
          return 'ok';
        });
      },
      verify: async (keys) => {
        const guek = this.version('guek', keys);
        const proof = this.exchange(guek, this.version('gak', keys), this.suiteOf(guek), () => {
          // The broadcast key is sent again: the answer proves that the meter has it now.
          const gbek = keys.find(({ kind }) => kind === 'gbek')?.version;
          if (gbek !== undefined && gbek !== this.meter.gbek && keys.length === 1) {
            this.before = { ...this.meter };
            this.meter.gbek = gbek;
          }
          return 'ok';
        });
        if (proof !== 'ok' || !keys.some(({ kind }) => kind === 'kek')) return proof;
        const kek = this.version('kek', keys);
        return this.exchange(guek, this.version('gak', keys), this.suiteOf(guek), () =>
          kek === this.meter.kek ? 'ok' : 'wrong-key',
        );
      },
      resynchronise: async (keys) => {
        const fault = this.fault();
        if (fault === 'lose-request' || fault === 'lose-answer') return 'lost';
        const version = this.version('guek', keys);
        this.reserved.set(version, Math.max(this.reserved.get(version) ?? 0, this.meterCounter));
        return 'ok';
      },
      persist: async (state, { moves, add }) => {
        this.store(() => {
          this.move(moves);
          for (const { kind, version } of add as unknown as KeyVersion[]) {
            this.keys.push({ kind, version, state: 'staged' });
          }
          // As the store does it: through JSON.
          this.state = JSON.parse(JSON.stringify(state)) as RotationState;
        });
      },
      log: () => undefined,
    };
  }

  private move(moves: readonly Omit<KeyMove, 'meterId'>[]): void {
    const found = moves.map(
      (move) => this.keys.find((k) => k.kind === move.kind && k.version === move.version)!,
    );
    if (moves.some((move, index) => found[index]!.state !== move.from))
      throw new Error(JSON.stringify(moves));
    for (const [index, move] of moves.entries()) {
      found[index]!.state = move.to;
      if (move.to === 'retired') this.destroyed.push(`${move.kind}${move.version}`);
    }
  }
}

export { ProcessDied };

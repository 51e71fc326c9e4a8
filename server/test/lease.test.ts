import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LeaseRegistry, type LeaseTime, leaseTtlMs, takeLease, type WriterLease } from '../src/lease.ts';

const quiet = { info: () => undefined, warn: () => undefined };

/** Time that passes only when the test says so; a process that sleeps sees none of it. */
class World {
  nowMs = 0;
  row: { holder: string; untilMs: number } | undefined;

  /** One process: its own timers, its own way to the registry. */
  process(): Process {
    return new Process(this);
  }
}

class Process implements LeaseTime {
  readonly world: World;
  asleep = false;
  /** How long an answer of the registry takes; undefined: it fails. */
  answerMs: number | undefined = 0;
  losses = 0;
  readonly #timers: { everyMs: number; nextMs: number; work: () => void }[] = [];
  readonly #later: { atMs: number; run: () => void }[] = [];

  constructor(world: World) {
    this.world = world;
  }

  mark = () => [this.world.nowMs];
  sinceMs = ([from = 0]: readonly number[]) => this.world.nowMs - from;
  sleep = (ms: number) => this.#after(ms);
  every = (everyMs: number, work: () => void) => {
    const timer = { everyMs, nextMs: this.world.nowMs + everyMs, work };
    this.#timers.push(timer);
    return () => void this.#timers.splice(this.#timers.indexOf(timer), 1);
  };

  #after(ms: number): Promise<void> {
    return new Promise((run) => this.#later.push({ atMs: this.world.nowMs + ms, run }));
  }

  /** Runs what is due. */
  async step(): Promise<void> {
    for (let turn = 0; turn < 8 && !this.asleep; turn++) {
      for (const timer of [...this.#timers]) {
        if (timer.nextMs > this.world.nowMs) continue;
        timer.nextMs = this.world.nowMs + timer.everyMs;
        timer.work();
      }
      for (const one of this.#later.filter(({ atMs }) => atMs <= this.world.nowMs)) {
        this.#later.splice(this.#later.indexOf(one), 1);
        one.run();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  registry(): LeaseRegistry {
    const { world } = this;
    /** The answer is made half-way, as a database does, and comes late. */
    const asked = async <T>(work: () => T): Promise<T> => {
      const { answerMs } = this;
      if (answerMs === undefined) throw new Error('out of reach');
      if (answerMs > 0) await this.#after(answerMs / 2);
      const answer = work();
      if (answerMs > 0) await this.#after(answerMs / 2);
      return answer;
    };
    const put = (holder: string, ttlMs: number) => {
      world.row = { holder, untilMs: world.nowMs + ttlMs };
      return true;
    };
    return {
      engine: { kind: 'server' },
      leases: {
        acquire: (_ctx, _name, holder, ttlMs) =>
          asked(() => {
            const { row } = world;
            return row && row.holder !== holder && row.untilMs > world.nowMs ? false : put(holder, ttlMs);
          }),
        renew: (_ctx, _name, holder, ttlMs) =>
          asked(() => (world.row?.holder === holder ? put(holder, ttlMs) : false)),
        release: async (_ctx, _name, holder) => {
          if (world.row?.holder === holder) world.row = undefined;
        },
        holder: async () => world.row?.holder,
      },
    };
  }

  take(): Promise<WriterLease> {
    return takeLease(this.registry(), quiet, () => this.losses++, this);
  }
}

async function run(
  world: World,
  processes: readonly Process[],
  forMs: number,
  check: () => unknown = () => undefined,
) {
  for (const endMs = world.nowMs + forMs; world.nowMs < endMs; ) {
    world.nowMs += 500;
    for (const one of processes) await one.step();
    check();
  }
}

async function takeIn(world: World, one: Process, others: readonly Process[] = []): Promise<WriterLease> {
  let taken: WriterLease | undefined;
  let failure: unknown;
  one.take().then(
    (lease) => {
      taken = lease;
    },
    (error) => {
      failure = error;
    },
  );
  while (!taken && !failure) await run(world, [one, ...others], 500);
  if (!taken) throw failure;
  return taken;
}

describe('the lease to write', () => {
  it('outlives a renewal that is late or fails, while it still holds', async () => {
    const world = new World();
    const one = world.process();
    const lease = await takeIn(world, one);
    await run(world, [one], 20_000);
    one.answerMs = 15_000;
    await run(world, [one], 60_000, () => expect(lease.held()).toBe(true));
    one.answerMs = undefined;
    await run(world, [one], 9_000);
    expect(lease.held()).toBe(true);
    one.answerMs = 0;
    await run(world, [one], 10_000);
    expect([lease.held(), lease.lost(), one.losses]).toEqual([true, false, 0]);
  });

  it('closes the tap when the registry stays away, and opens it again when nobody took the lease', async () => {
    const world = new World();
    const one = world.process();
    const lease = await takeIn(world, one);
    one.answerMs = undefined;
    await run(world, [one], leaseTtlMs);
    expect([lease.held(), lease.lost()]).toEqual([false, false]);
    one.answerMs = 0;
    await run(world, [one], 6_000);
    expect([lease.held(), one.losses]).toEqual([true, 0]);
  });

  it('is not held after a sleep, and lost for good when somebody took it meanwhile', async () => {
    const world = new World();
    const [one, two] = [world.process(), world.process()];
    const lease = await takeIn(world, one);
    one.asleep = true;
    const other = await takeIn(world, two);
    await run(world, [two], 60_000);
    one.asleep = false;
    // before anything of it runs: the question itself finds out
    expect([lease.held(), other.held()]).toEqual([false, true]);
    await run(world, [one, two], 10_000);
    expect([lease.held(), lease.lost(), one.losses]).toEqual([false, true, 1]);
    await other.release();
    await run(world, [one], 10_000);
    expect([lease.held(), one.losses]).toEqual([false, 1]);
  });

  it('never has two holders, whatever sleeps, dies or is slow', async () => {
    const act = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('sleep', 'wake', 'slow', 'cut', 'well', 'take', 'release'),
      forMs: fc.integer({ min: 500, max: 45_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const world = new World();
        const processes = [world.process(), world.process(), world.process()];
        const leases: (WriterLease | undefined)[] = [undefined, undefined, undefined];
        const taking = [false, false, false];
        const one = () => expect(leases.filter((lease) => lease?.held()).length).toBeLessThan(2);
        for (const { who, what, forMs } of acts) {
          const process = processes[who]!;
          if (what === 'sleep') process.asleep = true;
          if (what === 'wake') process.asleep = false;
          if (what === 'slow') process.answerMs = 12_000;
          if (what === 'cut') process.answerMs = undefined;
          if (what === 'well') process.answerMs = 0;
          if (what === 'release') void leases[who]?.release();
          if (what === 'take' && !taking[who] && (!leases[who] || leases[who].lost())) {
            taking[who] = true;
            process.take().then(
              (lease) => {
                leases[who] = lease;
                taking[who] = false;
              },
              () => {
                taking[who] = false;
              },
            );
          }
          one();
          await run(world, processes, forMs, one);
        }
      }),
      { numRuns: 60 },
    );
  });
});

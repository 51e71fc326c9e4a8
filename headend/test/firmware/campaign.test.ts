import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type CampaignState, openTransferSteps } from '@openami/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOf, countBlocks, emptyBitmap, hasBlock, withBlock } from '../../src/firmware/bitmap.ts';
import {
  allowedFailures,
  type CampaignPlan,
  defaultWaves,
  planProblems,
  wavesOf,
} from '../../src/firmware/campaign.ts';
import { CampaignRunner, type CampaignStore } from '../../src/firmware/runner.ts';
import {
  activationSettleS,
  beginTransfer,
  type FirmwareTarget,
  type ImageStatus,
  type TransferState,
} from '../../src/firmware/transfer.ts';
import { BusyMeters, type CommandMeter, type ImageDriver, signerOf } from '../../src/index.ts';
import { endpoint } from '../commands/command-model.ts';

type Fault = 'ok' | 'lose-request' | 'lose-answer' | 'reboot' | 'forget' | 'die-before' | 'die-after';
const content = Uint8Array.from({ length: 1000 }, (_, at) => (at * 31) % 256);

/** A meter with image transfer as in class 18; it keeps what it was sent in memory that can be lost. */
class FirmwareMeter {
  version: string;
  readonly blockBytes: number;
  refusesImage = false;
  ignoresActivation = false;
  /** Out of reach always, or once it has activated. */
  silent: 'never' | 'always' | 'activated' = 'never';
  #image: { identifier: string; bytes: Uint8Array; received: Uint8Array } | undefined;
  #state: ImageStatus['state'] = 'none';
  activations = 0;
  /** Blocks taken again though it had them. */
  repeats = 0;
  initiations = 0;

  constructor(version: string, blockBytes: number) {
    this.version = version;
    this.blockBytes = blockBytes;
  }

  /** Name and length are told of a verified image only. */
  status(): ImageStatus {
    const bytes = this.#image?.bytes.length ?? 0;
    const told = this.#state === 'verified' ? this.#image : undefined;
    return {
      ...{ state: this.#state, identifier: told?.identifier ?? '', blockBytes: this.blockBytes },
      ...{ imageBytes: told?.bytes.length ?? 0, blocks: blocksOf(bytes, this.blockBytes) },
      received: this.#image?.received ?? new Uint8Array(),
      version: this.version,
    };
  }

  initiate({ identifier, bytes }: FirmwareTarget) {
    this.initiations++;
    const received = emptyBitmap(blocksOf(bytes, this.blockBytes));
    this.#image = { identifier, bytes: new Uint8Array(bytes), received };
    this.#state = 'initiated';
  }

  block(number: number, bytes: Uint8Array) {
    const image = this.#image;
    if (image === undefined || this.#state !== 'initiated') return;
    if (hasBlock(image.received, number)) this.repeats++;
    image.bytes.set(bytes, number * this.blockBytes);
    image.received = withBlock(image.received, number);
  }

  verify() {
    if (this.#image === undefined) return;
    const whole = Buffer.compare(this.#image.bytes, content) === 0;
    this.#state = whole && !this.refusesImage ? 'verified' : 'verify-failed';
  }

  activate() {
    if (this.#state !== 'verified') throw new Error('activated what is not verified');
    this.activations++;
    if (this.ignoresActivation) return;
    this.version = '2.0';
    this.#state = 'activated';
  }

  /** Power gone in the middle: some meters keep the image, some do not. */
  forget() {
    this.#image = undefined;
    this.#state = 'none';
  }
}

interface MeterRow {
  id: number;
  meterId: number;
  wave: number;
  state: TransferState['step'];
  progress: Omit<TransferState, 'step'>;
  version: number;
}

class World {
  nowS = 1_000_000;
  process = 0;
  faults: Fault[] = [];
  kill = false;
  campaign: { state: CampaignState; wave: number; version: number; error: string | null };
  readonly plan: CampaignPlan;
  readonly meters: FirmwareMeter[];
  readonly rows: MeterRow[];

  constructor(meters: FirmwareMeter[], plan: Partial<CampaignPlan> = {}) {
    this.plan = { waves: defaultWaves, haltRate: 100, fromVersions: [], ...plan };
    this.meters = meters;
    this.campaign = { state: 'running', wave: 0, version: 1, error: null };
    const { step, ...progress } = beginTransfer;
    this.rows = wavesOf(this.plan, meters.length).map((wave, at) => ({
      ...{ id: at + 1, meterId: at, wave, state: step, progress, version: 1 },
    }));
  }

  #alive(process: number) {
    if (process !== this.process) throw new Error('this process has ended');
  }

  runner(): CampaignRunner {
    const process = ++this.process;
    return new CampaignRunner({
      ...{ store: this.#store(process), drivers: new Map([['sim', this.#driver(process)]]) },
      ...{ busy: new BusyMeters(), nowS: () => this.nowS, atOnce: 50, exchangeMs: 1000 },
      fence: () => this.#alive(process),
      log: { info: () => undefined, warn: () => undefined },
    });
  }

  #driver(process: number): ImageDriver {
    const reach = async <T>({ meterId }: CommandMeter, act: (meter: FirmwareMeter) => T) => {
      this.#alive(process);
      await Promise.resolve();
      const meter = this.meters[meterId]!;
      const fault = this.faults.shift() ?? 'ok';
      if (meter.silent === 'always' || (meter.silent === 'activated' && meter.activations > 0))
        throw new Error('silent');
      if (fault === 'forget') meter.forget();
      if (fault === 'die-before') this.process++;
      if (fault === 'die-before' || fault === 'lose-request' || fault === 'forget') throw new Error('lost');
      const result = act(meter);
      if (fault === 'die-after') this.process++;
      if (fault !== 'ok') throw new Error('lost');
      return result;
    };
    const done = (meter: CommandMeter, act: (meter: FirmwareMeter) => void) =>
      reach(meter, (one) => {
        act(one);
        return 'ok' as const;
      });
    return {
      status: (meter) => reach(meter, (one) => one.status()),
      initiate: (meter, target) => done(meter, (one) => one.initiate(target)),
      send: (meter, blocks) =>
        done(meter, (one) => {
          // A session that breaks leaves a part of what was on its way.
          for (const { number, bytes } of blocks) one.block(number, bytes);
        }),
      verify: (meter) => done(meter, (one) => one.verify()),
      activate: (meter) => done(meter, (one) => one.activate()),
    };
  }

  #store(process: number): CampaignStore {
    const call = async <T>(work: () => T): Promise<T> => {
      await Promise.resolve();
      this.#alive(process);
      return work();
    };
    const campaign = () => ({ id: 1, imageId: 1, plan: this.plan, ...this.campaign });
    const shown = (row: MeterRow) => ({ ...row, campaignId: 1, serial: `S${row.id}`, endpoint });
    return {
      active: () =>
        call(() =>
          this.campaign.state === 'running' || this.rows.some(({ state }) => state === 'activating')
            ? [campaign()]
            : [],
        ),
      mayTransfer: () => call(() => this.campaign.state === 'running' && !this.kill),
      counts: () =>
        call(() =>
          [...new Set(this.rows.map(({ wave }) => wave))].sort().map((wave) => {
            const of = this.rows.filter((row) => row.wave === wave);
            return {
              ...{ wave, total: of.length, failed: of.filter(({ state }) => state === 'failed').length },
              open: of.filter(({ state }) => openTransferSteps.some((step) => step === state)).length,
            };
          }),
        ),
      due: (_ctx, _id, wave, steps, limit, busy) =>
        call(() =>
          this.rows
            .filter((row) => row.wave <= wave && steps.includes(row.state))
            .filter((row) => row.progress.notBeforeS <= this.nowS && !busy.includes(row.meterId))
            .slice(0, limit)
            .map(shown),
        ),
      advance: (_ctx, _id, version, change) =>
        call(() => {
          if (version !== this.campaign.version) return undefined;
          this.campaign = { ...change, version: version + 1 };
          return campaign();
        }),
      advanceMeter: (_ctx, id, version, change) =>
        call(() => {
          const row = this.rows[id - 1]!;
          if (row.version !== version || !openTransferSteps.some((step) => step === row.state))
            return undefined;
          Object.assign(row, { ...change, version: version + 1 });
          return shown(row);
        }),
      image: () => call(() => ({ identifier: 'a1b2', version: '2.0', content })),
      killSwitch: () => call(() => this.kill),
    };
  }

  /** Rounds until the campaign has ended, with a new process for each that died. */
  async play(most = 400): Promise<void> {
    let runner = this.runner();
    let { process } = this;
    for (let round = 0; this.campaign.state === 'running'; round++, this.nowS += 600) {
      if (round > most) throw new Error('no end');
      await runner.round().catch(() => undefined);
      if (this.process !== process) {
        runner = this.runner();
        process = this.process;
      }
    }
  }
}

const fleet = (count: number, blockBytes = 64) =>
  Array.from({ length: count }, () => new FirmwareMeter('1.0', blockBytes));

describe('firmware campaigns', () => {
  it('brings all meters to the version, wave by wave', async () => {
    const world = new World(fleet(250));
    expect(world.rows.filter(({ wave }) => wave === 0)).toHaveLength(1);
    expect(world.rows.filter(({ wave }) => wave === 1)).toHaveLength(1);
    expect(world.rows.filter(({ wave }) => wave === 2)).toHaveLength(23);
    await world.play();
    expect(world.campaign.state).toBe('done');
    expect(world.meters.every(({ version, activations }) => version === '2.0' && activations === 1)).toBe(
      true,
    );
    const { bitmap, blocks } = world.rows[0]!.progress;
    expect(blocks).toBe(16);
    expect(bitmap).not.toBe('');
  });

  it('stops with the canary, and touches nobody else', async () => {
    const world = new World(fleet(100));
    world.meters[0]!.refusesImage = true;
    await world.play();
    expect(world.campaign).toMatchObject({ state: 'halted', error: 'CAMPAIGN_HALTED' });
    expect(world.rows[0]).toMatchObject({ state: 'failed', progress: { error: 'FIRMWARE_VERIFY' } });
    expect(world.meters.slice(1).every(({ initiations }) => initiations === 0)).toBe(true);
  });

  it('activates at its time and not before, and skips versions it is not for', async () => {
    const world = new World(fleet(4), { activateAtS: 1_040_000, fromVersions: ['1.0'] });
    world.meters[3]!.version = '0.9';
    let runner = world.runner();
    for (; world.nowS < 1_040_000; world.nowS += 600) {
      await runner.round();
      expect(world.meters.every(({ activations }) => activations === 0)).toBe(true);
    }
    expect(world.rows[0]!.state).toBe('verified');
    runner = world.runner();
    await world.play();
    expect(world.rows.map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'confirmed', 'skipped']);
    expect(world.meters[3]!.initiations).toBe(0);
  });

  it('gives up on a meter that will not activate, after three times and their grace', async () => {
    const world = new World(fleet(1));
    world.meters[0]!.ignoresActivation = true;
    await world.play();
    expect(world.meters[0]!.activations).toBe(3);
    expect(world.nowS - 1_000_000).toBeGreaterThan(3 * activationSettleS);
    expect(world.rows[0]).toMatchObject({ state: 'failed', progress: { error: 'FIRMWARE_ACTIVATION' } });
  });

  it('goes on without a meter that cannot be reached, and halts for one the image silenced', async () => {
    const away = new World(fleet(3));
    away.meters[0]!.silent = 'always';
    await away.play(3000);
    expect(away.campaign.state).toBe('done');
    expect(away.rows.map(({ state }) => state)).toEqual(['skipped', 'confirmed', 'confirmed']);
    const broken = new World(fleet(3));
    broken.meters[0]!.silent = 'activated';
    await broken.play(3000);
    expect(broken.campaign.state).toBe('halted');
    expect(broken.rows[0]!.progress.error).toBe('FIRMWARE_ACTIVATION');
    expect(broken.meters[1]!.initiations).toBe(0);
  });

  it('sends only what is missing after a break', async () => {
    const world = new World(fleet(1, 4));
    // 250 blocks in batches of 64: status, initiate, status, batch, status, batch that is lost on its answer
    world.faults = ['ok', 'ok', 'ok', 'ok', 'ok', 'lose-answer'];
    await world.play();
    expect(world.rows[0]!.state).toBe('confirmed');
    expect(world.meters[0]).toMatchObject({ repeats: 0, initiations: 1 });
  });

  it('does nothing while the kill switch is on', async () => {
    const world = new World(fleet(3));
    world.kill = true;
    await world.runner().round();
    expect(world.meters.every(({ initiations }) => initiations === 0)).toBe(true);
  });

  it('recovers from any single fault at any step, and any two', async () => {
    const kinds: Fault[] = ['lose-request', 'lose-answer', 'reboot', 'forget', 'die-before', 'die-after'];
    const steps = 16;
    let played = 0;
    for (let first = 0; first < steps; first++) {
      for (const one of kinds) {
        for (let second = first; second < steps; second += 3) {
          const world = new World(fleet(1, 256));
          world.faults = Array.from({ length: steps + 1 }, (_, at) =>
            at === first || at === second + 1 ? one : 'ok',
          );
          await world.play();
          expect(world.campaign.state, `${one} at ${first}, ${second + 1}`).toBe('done');
          expect(world.meters[0]!.version).toBe('2.0');
          expect(world.meters[0]!.activations).toBe(1);
          played++;
        }
      }
    }
    expect(played).toBeGreaterThan(200);
  });

  it('never opens a wave before the one before is done within its rate, whatever breaks', async () => {
    const fault = fc.constantFrom<Fault>(
      ...(['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'lose-request', 'lose-answer', 'reboot'] as const),
      ...(['forget', 'die-before', 'die-after'] as const),
    );
    let halted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fault, { maxLength: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat(59), { maxLength: 5 }),
        fc.constantFrom(0, 100, 500, 2000),
        async (faults, count, bad, haltRate) => {
          const world = new World(fleet(count, 200), { haltRate });
          for (const at of bad) if (at < count) world.meters[at]!.refusesImage = true;
          world.faults = faults;
          await world.play();
          const waves = [...new Set(world.rows.map(({ wave }) => wave))].sort();
          for (const [at, wave] of waves.entries()) {
            const of = world.rows.filter((row) => row.wave === wave);
            const failed = of.filter(({ state }) => state === 'failed').length;
            const over = failed > allowedFailures(world.plan, of.length);
            const later = world.rows.filter((row) => row.wave > wave);
            const open = of.some(({ state }) => openTransferSteps.some((step) => step === state));
            if (over || open)
              expect(later.every(({ meterId }) => world.meters[meterId]!.initiations === 0)).toBe(true);
            if (over) expect(world.campaign.state).toBe('halted');
            if (over) halted++;
            expect(at).toBeLessThan(5);
          }
          for (const { meterId, state } of world.rows) {
            const meter = world.meters[meterId]!;
            if (state === 'confirmed') expect(meter.version).toBe('2.0');
            expect(meter.activations).toBeLessThanOrEqual(1);
          }
          if (bad.every((at) => at >= count)) expect(world.campaign.state).toBe('done');
        },
      ),
      { numRuns: 150 },
    );
    expect(halted).toBeGreaterThan(10);
  }, 120_000);

  it('knows plans that do not hold together', () => {
    const plan = { waves: defaultWaves, haltRate: 100, fromVersions: [] };
    expect(planProblems(plan)).toEqual([]);
    expect(planProblems({ ...plan, waves: [{ name: 'a', upTo: 100 }] })).not.toEqual([]);
    expect(planProblems({ ...plan, waves: [...defaultWaves].reverse() })).not.toEqual([]);
    expect(planProblems({ ...plan, haltRate: -1 })).not.toEqual([]);
  });
});

describe('images', () => {
  it.each([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
  ])('are taken for those of a trusted signer on %s only', (namedCurve, hash) => {
    const pair = () => generateKeyPairSync('ec', { namedCurve });
    const [ours, theirs] = [pair(), pair()];
    const pem = (key: typeof ours) => key.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const signature = sign(hash, content, { key: ours.privateKey, dsaEncoding: 'der' });
    const trusted = [
      { name: 'other', publicKey: pem(theirs) },
      { name: 'maker', publicKey: pem(ours) },
    ];
    expect(signerOf(content, signature, trusted)).toBe('maker');
    const altered = Uint8Array.from(content);
    altered[500]! ^= 1;
    const wrong = expect.objectContaining({ code: 'FIRMWARE_SIGNATURE' });
    expect(() => signerOf(altered, signature, trusted)).toThrow(wrong);
    expect(() => signerOf(content, signature, trusted.slice(0, 1))).toThrow(wrong);
    expect(() => signerOf(content, createHash('sha256').update('x').digest(), trusted)).toThrow(wrong);
  });

  it('have bitmaps that hold exactly what was put in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.array(fc.nat(299)), (blocks, put) => {
        const wanted = new Set(put.filter((block) => block < blocks));
        let bitmap = emptyBitmap(blocks);
        for (const block of wanted) bitmap = withBlock(bitmap, block);
        expect(countBlocks(bitmap, blocks)).toBe(wanted.size);
        for (let block = 0; block < blocks; block++) expect(hasBlock(bitmap, block)).toBe(wanted.has(block));
      }),
    );
  });
});

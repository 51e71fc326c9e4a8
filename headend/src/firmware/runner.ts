/**
 * Carries campaigns forward: opens waves, halts them, and brings each meter on, one session at a time. The
 * state machine of a meter is in transfer.ts, the rules of waves in campaign.ts.
 */
import {
  type AccessContext,
  type CampaignState,
  type MeterEndpoint,
  openTransferSteps,
  systemAccess,
  type TransferStep,
  type WaveCount,
} from '@openami/model';
import type { CommandMeter } from '../commands/driver.ts';
import { MeterWork, type MeterWorkOptions } from '../commands/meter-work.ts';
import { type CampaignPlan, judgeCampaign } from './campaign.ts';
import {
  applyTransfer,
  decideTransfer,
  type FirmwareTarget,
  type ImageStatus,
  type TransferAction,
  type TransferEvent,
  type TransferOutcome,
  type TransferState,
} from './transfer.ts';

/** Image transfer as campaigns need it; a rejection counts as `lost`. */
export interface ImageDriver {
  status(meter: CommandMeter, signal: AbortSignal): Promise<ImageStatus | Exclude<TransferOutcome, 'ok'>>;
  initiate(meter: CommandMeter, target: FirmwareTarget, signal: AbortSignal): Promise<TransferOutcome>;
  /** Blocks by number, in order. */
  send(
    meter: CommandMeter,
    blocks: readonly { readonly number: number; readonly bytes: Uint8Array }[],
    signal: AbortSignal,
  ): Promise<TransferOutcome>;
  verify(meter: CommandMeter, signal: AbortSignal): Promise<TransferOutcome>;
  activate(meter: CommandMeter, signal: AbortSignal): Promise<TransferOutcome>;
}
export type ImageDrivers = ReadonlyMap<string, ImageDriver>;

export interface StoredCampaign {
  readonly id: number;
  readonly imageId: number;
  readonly plan: unknown;
  readonly state: CampaignState;
  /** Waves up to this one are open. */
  readonly wave: number;
  readonly version: number;
}

export interface StoredCampaignMeter {
  readonly id: number;
  readonly campaignId: number;
  readonly meterId: number;
  readonly serial: string;
  readonly endpoint: MeterEndpoint | null;
  readonly state: TransferStep;
  readonly progress: unknown;
  readonly version: number;
}

export interface CampaignStore {
  /** Those that run, and those with meters that were told to activate. */
  active(ctx: AccessContext): Promise<StoredCampaign[]>;
  /** Asked before every step of a session: the campaign runs, and the kill switch is off. */
  mayTransfer(ctx: AccessContext, id: number): Promise<boolean>;
  counts(ctx: AccessContext, id: number): Promise<WaveCount[]>;
  due(
    ctx: AccessContext,
    id: number,
    wave: number,
    steps: readonly TransferStep[],
    limit: number,
    busy: readonly number[],
  ): Promise<StoredCampaignMeter[]>;
  /** Undefined when it changed in between. */
  advance(
    ctx: AccessContext,
    id: number,
    ifVersion: number,
    change: { readonly state: CampaignState; readonly wave: number; readonly error: string | null },
  ): Promise<StoredCampaign | undefined>;
  advanceMeter(
    ctx: AccessContext,
    id: number,
    ifVersion: number,
    change: { readonly state: TransferStep; readonly progress: Omit<TransferState, 'step'> },
  ): Promise<StoredCampaignMeter | undefined>;
  image(
    ctx: AccessContext,
    id: number,
  ): Promise<{ readonly identifier: string; readonly version: string; readonly content: Uint8Array }>;
  killSwitch(ctx: AccessContext): Promise<boolean>;
}

export interface CampaignRunnerOptions extends MeterWorkOptions {
  readonly store: CampaignStore;
  readonly drivers: ImageDrivers;
  readonly onChange?: (campaignId: number) => void;
}

/** Steps of one session: 64 blocks each, so that even large images need few sessions. */
const maxSteps = 4096;

/** The same done so often in one session, and the meter is where it was: it only says that it takes it. */
const maxInVain = 3;

const followed: readonly TransferStep[] = ['activating'];

interface Session {
  readonly ctx: AccessContext;
  readonly driver: ImageDriver;
  readonly meter: CommandMeter;
  readonly target: FirmwareTarget;
  readonly content: Uint8Array;
}

interface Turn {
  /** The row as it is stored; undefined when it changed in between. */
  readonly at: StoredCampaignMeter | undefined;
  readonly events: readonly TransferEvent[];
  readonly ends: boolean;
  /** What was done, and where the meter was then. */
  readonly did?: string;
}

export class CampaignRunner {
  readonly #o: CampaignRunnerOptions;
  readonly #work: MeterWork;
  #image: { readonly id: number; readonly image: Awaited<ReturnType<CampaignStore['image']>> } | undefined;

  constructor(options: CampaignRunnerOptions) {
    this.#o = options;
    this.#work = new MeterWork(options);
  }

  /** One round over every running campaign; resolves when the sessions it began have ended. */
  async round(ctx: AccessContext = systemAccess): Promise<void> {
    await this.startRound(ctx);
    await this.settled();
  }

  /** As `round`, without waiting for the meters. */
  async startRound(ctx: AccessContext = systemAccess): Promise<void> {
    if (this.#work.isStopped) return;
    const { store, busy } = this.#o;
    for (const campaign of await store.active(ctx)) {
      // What was told to activate is followed to its end, whatever became of the campaign.
      const open = campaign.state === 'running' ? await this.#judge(ctx, campaign) : campaign;
      const { room } = this.#work;
      if (open === undefined || room <= 0) continue;
      const steps = open.state === 'running' && !(await store.killSwitch(ctx)) ? openTransferSteps : followed;
      for (const meter of await store.due(ctx, open.id, open.wave, steps, room, busy.list()))
        this.#start(ctx, open, meter);
    }
  }

  settled(): Promise<void> {
    return this.#work.settled();
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** Opens waves while there is something to open; undefined when the campaign does not go on. */
  async #judge(ctx: AccessContext, campaign: StoredCampaign): Promise<StoredCampaign | undefined> {
    const { store, log, onChange } = this.#o;
    const counts = await store.counts(ctx, campaign.id);
    const verdict = judgeCampaign(campaign.plan as CampaignPlan, campaign.wave, counts);
    if (verdict.do === 'go-on') return campaign;
    const wave = verdict.do === 'open' ? verdict.wave : campaign.wave;
    const state = verdict.do === 'open' ? 'running' : verdict.do === 'halt' ? 'halted' : 'done';
    const error = verdict.do === 'halt' ? 'CAMPAIGN_HALTED' : null;
    const next = await store.advance(ctx, campaign.id, campaign.version, { state, wave, error });
    log.info({ campaign: campaign.id, state, wave }, 'firmware campaign');
    onChange?.(campaign.id);
    return next?.state === 'running' ? next : undefined;
  }

  #start(ctx: AccessContext, campaign: StoredCampaign, row: StoredCampaignMeter): void {
    const onEnd = () => this.#o.onChange?.(campaign.id);
    this.#work.start(row.id, row.meterId, () => this.#session(ctx, campaign, row), onEnd);
  }

  async #imageOf(ctx: AccessContext, id: number) {
    if (this.#image?.id !== id) this.#image = { id, image: await this.#o.store.image(ctx, id) };
    return this.#image.image;
  }

  async #session(ctx: AccessContext, campaign: StoredCampaign, first: StoredCampaignMeter): Promise<void> {
    const { store, drivers, nowS } = this.#o;
    const plan = campaign.plan as CampaignPlan;
    const { identifier, version, content } = await this.#imageOf(ctx, campaign.imageId);
    const { endpoint, meterId, serial } = first;
    const driver = endpoint === null ? undefined : drivers.get(endpoint.protocol);
    const persist = async (row: StoredCampaignMeter, state: TransferState) => {
      const { step, ...progress } = state;
      return store.advanceMeter(ctx, row.id, row.version, { state: step, progress });
    };
    if (endpoint === null || driver === undefined) {
      const failed = applyTransfer(stateOf(first), { type: 'failed', code: 'COMMAND_NO_DRIVER' }, nowS());
      await persist(first, failed);
      return;
    }
    const target = { identifier, version, bytes: content.length, fromVersions: plan.fromVersions };
    const session: Session = { ctx, driver, meter: { meterId, serial, endpoint }, target, content };
    let row = first;
    const times = new Map<string, number>();
    for (let step = 0; step < maxSteps; step++) {
      const { at, events, ends, did = '' } = await this.#turn(session, campaign.id, plan, row, persist);
      if (at === undefined) return;
      let state = stateOf(at);
      times.set(did, (times.get(did) ?? 0) + 1);
      const stuck = did !== '' && times.get(did)! > maxInVain;
      const then: TransferEvent[] = stuck ? [{ type: 'failed', code: 'FIRMWARE_REFUSED' }] : [];
      for (const event of [...events, ...then]) state = applyTransfer(state, event, nowS());
      const next = await persist(at, state);
      if (next === undefined || ends || this.#work.isStopped) return;
      row = next;
    }
  }

  /** Asks the meter, decides, does it. What happened comes back as events that are stored together. */
  async #turn(
    session: Session,
    campaignId: number,
    plan: CampaignPlan,
    row: StoredCampaignMeter,
    persist: (row: StoredCampaignMeter, state: TransferState) => Promise<StoredCampaignMeter | undefined>,
  ): Promise<Turn> {
    const { store, nowS } = this.#o;
    const { driver, meter } = session;
    const status = await this.#work.ask((signal) => driver.status(meter, signal), 'lost' as const);
    if (typeof status === 'string')
      return { at: row, events: [{ type: 'went', outcome: status }], ends: true };
    const seen: TransferEvent = { type: 'seen', status };
    const state = applyTransfer(stateOf(row), seen, nowS());
    const transfer = await store.mayTransfer(session.ctx, campaignId);
    const permit = { transfer, activate: transfer && nowS() >= (plan.activateAtS ?? 0) };
    const action = decideTransfer(state, status, session.target, permit, nowS());
    const ended = endingOf(action, plan, state, nowS());
    if (ended !== undefined) return { at: row, events: [seen, ...ended], ends: true };
    if (action.do !== 'mark-activation') {
      const outcome = await this.#act(session, action, status.blockBytes);
      const begun: TransferEvent[] = action.do === 'initiate' && outcome === 'ok' ? [{ type: 'begun' }] : [];
      const did = `${action.do} ${state.bitmap} ${state.verifyFailures}`;
      return { at: row, events: [seen, ...begun, { type: 'went', outcome }], ends: outcome !== 'ok', did };
    }
    // "It may activate" is stored before it is told to.
    const marked = await persist(row, applyTransfer(state, { type: 'activation-marked' }, nowS()));
    if (marked === undefined) return { at: undefined, events: [], ends: true };
    const outcome = await this.#act(session, { do: 'activate' }, 0);
    return { at: marked, events: [{ type: 'went', outcome }], ends: outcome !== 'ok' };
  }

  async #act(session: Session, action: TransferAction, blockBytes: number): Promise<TransferOutcome> {
    const { driver, meter, target, content } = session;
    return this.#work.tell(
      async (signal) => {
        if (action.do === 'initiate') return driver.initiate(meter, target, signal);
        if (action.do === 'verify') return driver.verify(meter, signal);
        if (action.do === 'activate') return driver.activate(meter, signal);
        if (action.do !== 'send') return 'lost';
        const blocks = action.blocks.map((number) => ({
          number,
          bytes: content.subarray(number * blockBytes, (number + 1) * blockBytes),
        }));
        return driver.send(meter, blocks, signal);
      },
      { lost: 'lost', unsent: 'lost' } as const,
    );
  }
}

/** Events of an action that ends the session; undefined for one that goes on. */
function endingOf(
  action: TransferAction,
  plan: CampaignPlan,
  state: TransferState,
  nowS: number,
): TransferEvent[] | undefined {
  if (action.do === 'confirm') return [{ type: 'confirmed' }];
  if (action.do === 'skip') return [{ type: 'skipped' }];
  if (action.do === 'fail') return [{ type: 'failed', code: action.code }];
  if (action.do === 'wait') return [{ type: 'waits', untilS: action.untilS }];
  if (action.do !== 'end') return undefined;
  // Verified and not to be activated yet.
  const untilS = state.step === 'verified' ? Math.max(plan.activateAtS ?? 0, nowS + 60) : nowS + 60;
  return [{ type: 'waits', untilS }];
}

function stateOf(row: StoredCampaignMeter): TransferState {
  return { ...(row.progress as Omit<TransferState, 'step'>), step: row.state };
}

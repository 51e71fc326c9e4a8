/** What people do with firmware: add images, plan campaigns, start and stop them. */
import type { AccessContext, FirmwareSigner, MeterFacts } from '@openami/model';
import { commandErrors } from '../commands/errors.ts';
import { policyOf, requireSecondPerson } from '../commands/safety.ts';
import { type CampaignMove, type CampaignPlan, campaignWays, planProblems, wavesOf } from './campaign.ts';
import { firmwareErrors } from './errors.ts';
import { maxImageBytes, sha256Of, signerOf } from './image.ts';
import type { ImageDrivers, StoredCampaign } from './runner.ts';
import { beginTransfer } from './transfer.ts';

type Ctx = AccessContext;

interface ImageInfo {
  readonly id: number;
  readonly signedBy: string;
}

/** What it asks of the store; the registry store fits. */
export interface CampaignPeopleStore {
  facts(ctx: Ctx, meterIds: readonly number[]): Promise<MeterFacts[]>;
  gate(ctx: Ctx): Promise<{
    readonly policy: unknown;
    readonly signers: readonly FirmwareSigner[];
    readonly requireSignature: boolean;
  }>;
  addImage(ctx: Ctx, image: StoredImage): Promise<ImageInfo>;
  imageInfo(ctx: Ctx, id: number): Promise<ImageInfo>;
  create(
    ctx: Ctx,
    input: {
      readonly name: string;
      readonly imageId: number;
      readonly plan: CampaignPlan;
      readonly createdPerson: string;
      readonly meters: readonly { readonly meterId: number; readonly wave: number }[];
      readonly progress: object;
    },
  ): Promise<{ readonly id: number }>;
  one(
    ctx: Ctx,
    id: number,
  ): Promise<
    StoredCampaign & { readonly meters: number; readonly createdBy: string; readonly createdPerson: string }
  >;
  advance(
    ctx: Ctx,
    id: number,
    ifVersion: number,
    change: Pick<StoredCampaign, 'state' | 'wave'> & {
      readonly error: string | null;
      readonly plan?: unknown;
    },
  ): Promise<StoredCampaign | undefined>;
}

export interface ImageInput {
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  /** Version as meters tell it. */
  readonly firmware: string;
  /** Hexadecimal. */
  readonly identifier: string;
  /** What it should be, hexadecimal; empty when nobody said. */
  readonly sha256: string;
  /** ECDSA, DER; null for none. */
  readonly signature: Uint8Array | null;
  readonly content: Uint8Array;
}
interface StoredImage extends ImageInput {
  readonly signedBy: string;
}

const maxMeters = 1_000_000;
/** A campaign that runs goes on by itself; what a person wants of it is tried anew then. */
const maxMoveAttempts = 5;

export class Campaigns {
  readonly #store: CampaignPeopleStore;
  readonly #drivers: ImageDrivers;
  readonly #onChange: (id: number) => void;

  constructor(store: CampaignPeopleStore, drivers: ImageDrivers, onChange: (id: number) => void) {
    this.#store = store;
    this.#drivers = drivers;
    this.#onChange = onChange;
  }

  /** Takes an image. Raises FIRMWARE_IMAGE, FIRMWARE_SIGNATURE. */
  async addImage(ctx: Ctx, input: ImageInput): Promise<number> {
    const { content, signature } = input;
    if (content.length === 0 || content.length > maxImageBytes)
      throw firmwareErrors.FIRMWARE_IMAGE(`it has ${content.length} bytes, not 1 to ${maxImageBytes}`);
    if (!/^([0-9a-fA-F]{2}){1,32}$/.test(input.identifier))
      throw firmwareErrors.FIRMWARE_IMAGE('the identifier is not 1 to 32 bytes in hexadecimal');
    const sha256 = sha256Of(content);
    if (input.sha256 !== '' && input.sha256.toLowerCase() !== sha256)
      throw firmwareErrors.FIRMWARE_IMAGE(`its SHA-256 is ${sha256}, not ${input.sha256.toLowerCase()}`);
    const { signers, requireSignature } = await this.#store.gate(ctx);
    if (signature === null && requireSignature)
      throw firmwareErrors.FIRMWARE_SIGNATURE('the policy asks for signed images');
    const signedBy = signature === null ? '' : signerOf(content, signature, signers);
    return (await this.#store.addImage(ctx, { ...input, sha256, signedBy })).id;
  }

  /** Plans a campaign; nothing is sent. Raises CAMPAIGN_INVALID, COMMAND_NO_DRIVER, FIRMWARE_SIGNATURE. */
  async create(
    ctx: Ctx,
    input: {
      readonly name: string;
      readonly imageId: number;
      readonly plan: unknown;
      readonly meterIds: readonly number[];
      readonly person: string;
    },
  ): Promise<number> {
    const problems = planProblems(input.plan);
    if (problems.length > 0) throw firmwareErrors.CAMPAIGN_INVALID(problems.join('; '));
    const ids = [...new Set(input.meterIds)];
    if (ids.length === 0 || ids.length > maxMeters)
      throw firmwareErrors.CAMPAIGN_INVALID(`a campaign is for 1 to ${maxMeters} meters`);
    await this.#requireTrusted(ctx, input.imageId);
    const facts = await this.#store.facts(ctx, ids);
    if (facts.length < ids.length) throw firmwareErrors.CAMPAIGN_INVALID('some meters are not there');
    const out = facts.filter(({ endpoint }) => !this.#drivers.has(endpoint?.protocol ?? ''));
    if (out.length > 0) {
      const shown = out.slice(0, 10).map(({ serial }) => serial);
      throw commandErrors.COMMAND_NO_DRIVER(`${out.length} meters, such as ${shown.join(', ')}`);
    }
    const plan = input.plan as CampaignPlan;
    const waves = wavesOf(plan, ids.length);
    const { step: _step, ...progress } = beginTransfer;
    const { id } = await this.#store.create(ctx, {
      ...{ name: input.name, imageId: input.imageId, plan, createdPerson: input.person, progress },
      meters: ids.map((meterId, at) => ({ meterId, wave: waves[at]! })),
    });
    this.#onChange(id);
    return id;
  }

  /** By the policy of now: the image may have been added under another. Raises FIRMWARE_SIGNATURE. */
  async #requireTrusted(ctx: Ctx, imageId: number): Promise<void> {
    const { signedBy } = await this.#store.imageInfo(ctx, imageId);
    const { requireSignature, signers } = await this.#store.gate(ctx);
    if (!requireSignature || signers.some(({ name }) => name === signedBy)) return;
    throw firmwareErrors.FIRMWARE_SIGNATURE(
      signedBy === '' ? 'the policy asks for signed images' : `${signedBy} is not trusted any more`,
    );
  }

  /**
   * Starts, pauses, resumes or aborts. To start one for more meters than the policy lets one person decide
   * on, or to let more of its meters fail, takes another than who planned it: their plan is what the other
   * agreed to. A halted one goes on with a higher `haltRate` only. Raises CAMPAIGN_STATE,
   * CAMPAIGN_INVALID, COMMAND_FOUR_EYES, FIRMWARE_SIGNATURE.
   */
  async move(ctx: Ctx, id: number, move: CampaignMove, haltRate?: number): Promise<void> {
    for (let attempt = 0; attempt < maxMoveAttempts; attempt++)
      if (await this.#moveNow(ctx, id, move, haltRate)) return;
    throw firmwareErrors.CAMPAIGN_STATE('it changed in between');
  }

  /** False when the campaign went on by itself in between. */
  async #moveNow(ctx: Ctx, id: number, move: CampaignMove, haltRate: number | undefined): Promise<boolean> {
    const campaign = await this.#store.one(ctx, id);
    const { from, to } = campaignWays[move];
    if (!(from as readonly string[]).includes(campaign.state))
      throw firmwareErrors.CAMPAIGN_STATE(`it is ${campaign.state}`);
    if (to === 'running') await this.#requireTrusted(ctx, campaign.imageId);
    const before = campaign.plan as CampaignPlan;
    if (move === 'start' || (haltRate ?? 0) > before.haltRate) {
      const { fourEyesAboveMeters } = policyOf((await this.#store.gate(ctx)).policy);
      const { meters, createdBy, createdPerson } = campaign;
      if (meters > fourEyesAboveMeters)
        requireSecondPerson(ctx.actor, [createdBy, createdPerson], 'you planned it');
    }
    if (campaign.state === 'halted' && move === 'resume' && !((haltRate ?? 0) > before.haltRate))
      throw firmwareErrors.CAMPAIGN_STATE(`give a haltRate above ${before.haltRate}`);
    const plan = haltRate === undefined ? before : { ...before, haltRate };
    const problems = planProblems(plan);
    if (problems.length > 0) throw firmwareErrors.CAMPAIGN_INVALID(problems.join('; '));
    const { wave, version } = campaign;
    const next = await this.#store.advance(ctx, id, version, { state: to, wave, error: null, plan });
    if (next === undefined) return false;
    this.#onChange(id);
    return true;
  }
}

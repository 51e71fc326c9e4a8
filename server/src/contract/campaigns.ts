/** Contract: firmware images and campaigns. */
import { campaignStates, transferSteps } from '@openami/model';
import { type Static, Type } from 'typebox';
import { Id, Instant, listOf, mapOf, Name, nullable, oneOf, pageQuery } from './common.ts';

const text = (maxLength: number) => Type.String({ maxLength });

export const FirmwareQuery = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  firmware: Type.String({ minLength: 1, maxLength: 64, description: 'Version as meters tell it' }),
  identifier: Type.String({
    pattern: '^([0-9a-fA-F]{2}){1,32}$',
    description: 'What meters know the image by, hexadecimal',
  }),
  manufacturer: Type.Optional(text(100)),
  model: Type.Optional(text(100)),
  sha256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'What it should be' })),
  signature: Type.Optional(Type.String({ maxLength: 400, description: 'ECDSA, DER in base64url' })),
});
export type FirmwareQuery = Static<typeof FirmwareQuery>;
export const FirmwareItem = Type.Object({
  id: Id,
  name: Type.String(),
  manufacturer: Type.String(),
  model: Type.String(),
  firmware: Type.String(),
  identifier: Type.String(),
  bytes: Type.Integer(),
  sha256: Type.String(),
  signedBy: Type.String({ description: 'Trusted signer; empty when it is not signed' }),
  createdBy: Type.String(),
  createdByName: Name,
  createdAt: Instant,
});
export type FirmwareItem = Static<typeof FirmwareItem>;

const Wave = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 50 }),
  upTo: Type.Integer({ minimum: 1, maximum: 10_000, description: 'Hundredths of a percent of all meters' }),
});
const rate = { minimum: 0, maximum: 10_000, description: 'Hundredths of a percent of a wave that may fail' };
export const CampaignBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 200 }),
  imageId: Id,
  meterIds: Type.Array(Id, { minItems: 1, maxItems: 1_000_000, description: 'The first are the canary' }),
  waves: Type.Optional(Type.Array(Wave, { minItems: 1, maxItems: 20 })),
  haltRate: Type.Optional(Type.Integer({ ...rate, default: 100 })),
  fromVersions: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 50 })),
  activateAt: Type.Optional(Instant),
});
export type CampaignBody = Static<typeof CampaignBody>;

export const CampaignStateWord = oneOf(campaignStates);
export const CampaignItem = Type.Object({
  id: Id,
  name: Type.String(),
  imageId: Id,
  waves: Type.Array(
    Type.Object({
      ...Wave.properties,
      meters: Type.Integer(),
      counts: mapOf(Type.Integer()),
    }),
    { description: 'With their meters by state' },
  ),
  haltRate: Type.Integer(),
  fromVersions: Type.Array(Type.String()),
  activateAt: nullable(Instant),
  state: CampaignStateWord,
  wave: Type.Integer({ description: 'Waves up to this one are open; the first is 0' }),
  error: nullable(Type.String({ description: 'Stable code: why it stopped by itself' })),
  createdBy: Type.String(),
  createdByName: Name,
  createdAt: Instant,
  updatedAt: Instant,
  meters: Type.Integer(),
  counts: mapOf(Type.Integer()),
});
export type CampaignItem = Static<typeof CampaignItem>;
export const CampaignList = listOf(CampaignItem);
export const CampaignQuery = pageQuery({ state: Type.Optional(CampaignStateWord) });
export const ResumeBody = Type.Object({ haltRate: Type.Optional(Type.Integer(rate)) });

const MeterState = oneOf(transferSteps);
export const CampaignMeterItem = Type.Object({
  meterId: Id,
  serial: Type.String(),
  wave: Type.Integer(),
  state: MeterState,
  blocks: Type.Integer(),
  received: Type.Integer({ description: 'Blocks the meter has' }),
  bitmap: Type.String({ description: 'Which, base64, the first in the highest bit' }),
  version: Type.String({ description: 'That it ran when it was last asked' }),
  error: nullable(Type.String()),
  updatedAt: Instant,
});
export type CampaignMeterItem = Static<typeof CampaignMeterItem>;
export const CampaignMeterList = listOf(CampaignMeterItem);
export const CampaignMeterQuery = pageQuery({ state: Type.Optional(MeterState) });

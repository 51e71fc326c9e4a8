/** Contract: commands to meters, the safety policy, how meters are reached. */
import { commandPhases, commandSteps, type ParamRecord, supplyProtections } from '@openami/model';
import { type Static, Type } from 'typebox';
import { Id, Instant, listOf, mapOf, Name, nullable, oneOf, pageQuery } from './common.ts';

export const CommandStateWord = oneOf(commandSteps);
const text = (maxLength: number) => Type.String({ maxLength });
const Params = Type.Unsafe<Record<string, unknown>>({
  type: 'object',
  additionalProperties: true,
  description: 'As the kind says, see `kinds`',
});

export const CommandKindItem = Type.Object({
  name: Type.String(),
  title: Type.String(),
  params: Type.Unsafe<ParamRecord>({
    type: 'object',
    additionalProperties: true,
    required: ['type', 'fields'],
    properties: {
      type: { type: 'string', const: 'record' },
      fields: {
        type: 'object',
        additionalProperties: true,
        description: 'By name: a `type` of whole, number, text, word, list (`of`) or record, with its limits',
      },
      optional: { type: 'array', items: { type: 'string' }, description: 'Fields that may be left out' },
    },
  }),
  acts: Type.Boolean({ description: 'Changes the meter; what does not is only read' }),
  interrupts: Type.Boolean({ description: 'May leave a customer without supply' }),
  repeat: oneOf(['safe', 'never'] as const),
});
export type CommandKindItem = Static<typeof CommandKindItem>;

export const CommandRequest = Type.Object({
  kind: text(50),
  params: Type.Optional(Params),
  meterIds: Type.Array(Id, { minItems: 1, maxItems: 100_000 }),
  reason: Type.Optional(text(500)),
  notBefore: Type.Optional(Instant),
  expiresAt: Type.Optional(Instant),
  draft: Type.Optional(Type.Boolean({ default: false })),
});
export type CommandRequest = Static<typeof CommandRequest>;

export const CommandOrderItem = Type.Object({
  id: Id,
  kind: Type.String(),
  params: Params,
  reason: Type.String(),
  needsApproval: Type.Boolean(),
  requestedBy: Type.String(),
  requestedByName: Name,
  requestedPerson: Type.String({
    description: 'The person behind the requester, as far as known: the same, or who made the token',
  }),
  requestedAt: Instant,
  notBefore: Instant,
  expiresAt: Instant,
  meters: Type.Integer(),
  counts: mapOf(Type.Integer()),
  decisions: Type.Array(
    Type.Object({
      decidedBy: Type.String(),
      decidedByName: Name,
      decision: oneOf(['approved', 'rejected'] as const),
      note: Type.String(),
      decidedAt: Instant,
    }),
  ),
});
export type CommandOrderItem = Static<typeof CommandOrderItem>;
export const CommandOrderList = listOf(CommandOrderItem);
export const CommandOrderQuery = pageQuery({ state: Type.Optional(CommandStateWord) });

export const CommandItem = Type.Object({
  id: Id,
  orderId: Id,
  meterId: Id,
  serial: Type.String(),
  kind: Type.String(),
  params: Params,
  state: CommandStateWord,
  phase: nullable(oneOf(commandPhases)),
  error: nullable(Type.String({ description: 'Stable code: why it waits or ended' })),
  before: nullable(Params),
  after: nullable(Params),
  sends: Type.Integer({ description: 'Times it may have left' }),
  note: Type.String(),
  notBefore: Instant,
  expiresAt: Instant,
  sentAt: nullable(Instant),
  updatedAt: Instant,
  finishedAt: nullable(Instant),
});
export type CommandItem = Static<typeof CommandItem>;
export const CommandList = listOf(CommandItem);
export const CommandQuery = pageQuery({
  order: Type.Optional(Id),
  meter: Type.Optional(Id),
  state: Type.Optional(CommandStateWord),
});

export const DecisionBody = Type.Object({ note: Type.Optional(text(500)) });
export const VoidBody = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) });
export const Voided = Type.Object({
  voided: Type.Array(Id),
  tooLate: Type.Array(Id, { description: 'May have left already: answer them with a connect' }),
});

export const PreviewBody = Type.Object({ meterId: Id, kind: text(50), params: Type.Optional(Params) });
export const Preview = Type.Object({
  differences: Type.Array(
    Type.Object({
      path: Type.String(),
      meter: Type.Unknown(),
      wanted: Type.Unknown(),
      text: Type.String({ description: 'The same as a sentence' }),
    }),
  ),
});
export type Preview = Static<typeof Preview>;
export const LookBody = Type.Object({
  meterId: Id,
  kind: text(50),
  params: Type.Optional(
    Type.Unsafe<Record<string, unknown>>({
      type: 'object',
      additionalProperties: true,
      description: 'Those that say what is read, such as the `obis` of a push set-up',
    }),
  ),
});
export const Look = Type.Object({ found: Params });
export type Look = Static<typeof Look>;

const Moratorium = Type.Object({ from: Instant, until: Instant, reason: text(200) });
export const SafetyBody = Type.Object({
  fourEyesAboveMeters: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  fourEyesAlways: Type.Array(text(50), { maxItems: 64 }),
  maxPerHour: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  maxPerFeederPerHour: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  coolDownS: Type.Integer({ minimum: 0, maximum: 31_536_000 }),
  moratoria: Type.Array(Moratorium, { maxItems: 200 }),
  maxMetersPerOrder: Type.Integer({ minimum: 1, maximum: 100_000 }),
  requireSignature: Type.Boolean({ description: 'Firmware images must be signed by a trusted signer' }),
  signers: Type.Array(
    Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }), publicKey: text(2000) }),
    { maxItems: 50, description: 'Trusted signers of firmware; PEM public keys' },
  ),
});
export type SafetyBody = Static<typeof SafetyBody>;
export const SafetyChange = Type.Object({
  ...SafetyBody.properties,
  reason: Type.String({ minLength: 1, maxLength: 500, description: 'The audit trail keeps it' }),
});
export type SafetyChange = Static<typeof SafetyChange>;
const SafetyProposal = Type.Object({
  ...SafetyChange.properties,
  proposedBy: Type.String(),
  proposedByName: Name,
  proposedAt: Instant,
  loosens: Type.Array(Type.String(), { description: 'What it lets pass that the policy in force does not' }),
});
export const SafetyItem = Type.Object({
  ...SafetyBody.properties,
  killSwitch: Type.Boolean(),
  proposal: nullable(SafetyProposal),
  version: Type.Integer({ description: 'Also the ETag' }),
});
export type SafetyItem = Static<typeof SafetyItem>;

export const EndpointBody = Type.Object({
  protocol: Type.String({ minLength: 1, maxLength: 50 }),
  transport: Type.Optional(text(50)),
  mode: oneOf(['inbound', 'outbound'] as const),
  host: Type.Optional(text(253)),
  port: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 65535 }))),
  segment: Type.Optional(text(100)),
  concentrator: Type.Optional(text(100)),
  clientSap: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 65535 }))),
  serverSap: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 65535 }))),
  physical: Type.Optional(
    nullable(
      Type.Integer({ minimum: 0, maximum: 16383, description: 'Physical device of its HDLC address' }),
    ),
  ),
  addressBytes: Type.Optional(
    nullable(
      Type.Unsafe<1 | 2 | 4>({
        ...{ type: 'integer', enum: [1, 2, 4] },
        description: 'Of its HDLC address; null: as few as it takes',
      }),
    ),
  ),
  modeE: Type.Optional(
    nullable(
      Type.String({
        ...{ maxLength: 32, pattern: '^[0-9A-Za-z ]*$' },
        description: 'The line opens in mode E, for this device address; null: in HDLC',
      }),
    ),
  ),
  gatewayNetwork: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 255, description: 'Network behind its gateway' }),
  ),
  gatewayDevice: Type.Optional(
    Type.String({
      ...{ pattern: '^([0-9a-fA-F]{2}){0,255}$' },
      description: 'Hexadecimal address behind a gateway that speaks the gateway protocol; empty: none',
    }),
  ),
  auth: Type.Optional(text(50)),
  security: Type.Optional(text(50)),
  suite: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 })),
  systemTitle: Type.Optional(Type.String({ pattern: '^([0-9a-fA-F]{16})?$' })),
  profile: Type.Optional(text(100)),
});
export type EndpointBody = Static<typeof EndpointBody>;
export const EndpointItem = Type.Object({
  ...Type.Required(EndpointBody).properties,
  meterId: Id,
});
export type EndpointItem = Static<typeof EndpointItem>;

export const ProtectionBody = Type.Object({ protection: oneOf(['critical', 'medical'] as const) });
export const ProtectedItem = Type.Object({
  usagePointId: Id,
  code: Type.String(),
  protection: oneOf(supplyProtections),
});

/** Data of the SSE event `command`. */
export interface StreamCommand {
  id: number;
  orderId: number;
  meterId: number;
  state: string;
  phase: string | null;
}
/** Data of the SSE event `command-order`: commands of it changed; the order is null when of several. */
export interface StreamCommandOrder {
  orderId: number | null;
  commandIds: readonly number[];
}
/** Data of the SSE event `campaign`. */
export interface StreamCampaign {
  id: number;
}

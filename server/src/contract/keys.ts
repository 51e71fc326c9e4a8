/** Contract: keys of meters, their import, check and rotation; never a key. */
import { keyStates, rotationStates } from '@openami/model';
import { type Static, Type } from 'typebox';
import { CommodityWord, Id, Instant, JobFault, Name, nullable, oneOf } from './common.ts';

const count = Type.Integer({ minimum: 0 });
const suite = Type.Integer({ minimum: 0, maximum: 2 });
const keyState = oneOf(keyStates);
const problem = Type.Object({ code: Type.String(), detail: Type.String() });

export const KeySummaryItem = Type.Object({
  ...{ kind: Type.String(), state: keyState, suite, count, oldestAt: Instant },
});
export type KeySummaryItem = Static<typeof KeySummaryItem>;
export const KeySummaryList = Type.Array(KeySummaryItem);

const MeterKeyItem = Type.Object({
  kind: Type.String(),
  version: Type.Integer(),
  state: keyState,
  suite,
  origin: oneOf(['imported', 'generated'] as const),
  createdAt: Instant,
  activatedAt: nullable(Instant),
  provenAt: nullable(Instant),
  retiredAt: nullable(Instant),
});
export type MeterKeyItem = Static<typeof MeterKeyItem>;
export const MeterKeyList = Type.Array(MeterKeyItem);

export const KeySettleBody = Type.Object({
  kind: Type.String({ maxLength: 20 }),
  version: Type.Integer({ minimum: 1 }),
  as: oneOf(['active', 'retired'] as const),
});

export const KeyCheckBody = Type.Object({
  telegram: Type.Optional(
    Type.String({ maxLength: 65_536, description: 'A telegram of the meter in hexadecimal' }),
  ),
});
const checked = Type.Object({
  keys: Type.Array(Type.Object({ kind: Type.String(), version: Type.Integer(), state: keyState })),
  verdict: oneOf([
    ...(['right', 'wrong', 'not-encrypted', 'unsupported', 'wrong-title', 'counter'] as const),
    ...(['unreachable', 'undecided'] as const),
  ] as const),
  error: nullable(JobFault),
});
export const KeyCheckAnswer = Type.Object({
  meter: Type.Array(checked, { description: 'What the meter says, by the keys that were tried together' }),
  meterError: nullable(problem),
  telegrams: Type.Array(checked, { description: 'What its telegrams say' }),
  telegramsLooked: count,
});
export type KeyCheckAnswer = Static<typeof KeyCheckAnswer>;

export const KeyImportQuery = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 200 })),
  format: Type.Optional(oneOf(['csv', 'xml'] as const)),
  encoding: Type.Optional(oneOf(['hex', 'base64'] as const)),
  suite: Type.Optional(suite),
  different: Type.Optional(oneOf(['reject', 'stage'] as const)),
  register: Type.Optional(CommodityWord),
  mapping: Type.Optional(
    Type.String({ maxLength: 32_768, description: 'The format as JSON; what it says goes before the rest' }),
  ),
});
export const KeyImportHeaders = Type.Object({
  'x-transport-key': Type.Optional(
    Type.String({ maxLength: 200, description: 'Key that wraps those of the file, in hexadecimal' }),
  ),
});
const importCounts = {
  ...{ rows: count, added: count, staged: count, unchanged: count, titles: count, rejected: count },
  registered: Type.Integer({ minimum: 0, description: 'Meters registered on the way' }),
};
const importOutcome = {
  ...importCounts,
  rejects: Type.Array(Type.Object({ line: Type.Integer(), code: Type.String(), detail: Type.String() })),
  error: nullable(problem),
};
export const KeyImportAnswer = Type.Object({ id: Id, ...importOutcome });
export type KeyImportAnswer = Static<typeof KeyImportAnswer>;
export const KeyImportList = Type.Array(
  Type.Object({
    ...{ id: Id, name: Type.String(), importedBy: Type.String(), importedByName: Name },
    importedAt: Instant,
    ...importOutcome,
  }),
);
export type KeyImportItem = Static<typeof KeyImportList>[number];

const rotated = Type.Array(oneOf(['guek', 'gbek', 'gak', 'kek'] as const), { minItems: 1, maxItems: 4 });
export const RotationBody = Type.Object({
  kinds: rotated,
  suite: Type.Optional(Type.Integer({ ...suite, description: 'Suite to upgrade to' })),
});
export const RotationGroupBody = Type.Object({
  kinds: rotated,
  suite: Type.Optional(suite),
  batch: Type.String({ minLength: 1, maxLength: 100, description: 'Name under which progress is shown' }),
  limit: Type.Integer({ minimum: 1, maximum: 1000, description: 'Rotations to begin at most' }),
  overdue: Type.Optional(Type.Boolean({ description: 'Only meters whose keys are too old by the policy' })),
  manufacturer: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  segment: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  serials: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 1000 })),
});
export type RotationGroupBody = Static<typeof RotationGroupBody>;
export const RotationGroupAnswer = Type.Object({
  begun: count,
  left: Type.Integer({ minimum: 0, description: 'Meters of the group that were not begun' }),
  refused: Type.Array(Type.Object({ meterId: Id, serial: Type.String(), ...problem.properties })),
});
export type RotationGroupAnswer = Static<typeof RotationGroupAnswer>;

const rotationState = oneOf(rotationStates);
export const RotationItem = Type.Object({
  id: Id,
  meterId: Id,
  serial: Type.String(),
  batch: Type.String(),
  what: Type.String(),
  state: rotationState,
  step: Type.String({ description: 'stage, ready, uncertain, grace, done, failed or cancelled' }),
  /** What of all is at work, counted from 1. */
  unit: count,
  units: Type.Array(Type.Object({ kinds: Type.Array(Type.String()), suite })),
  sends: count,
  refusals: count,
  graceUntil: nullable(Instant),
  error: nullable(problem),
  createdBy: Type.String(),
  createdByName: Name,
  createdAt: Instant,
  updatedAt: Instant,
  finishedAt: nullable(Instant),
});
export type RotationItem = Static<typeof RotationItem>;
export const RotationList = Type.Array(RotationItem);
export const RotationQuery = Type.Object({
  state: Type.Optional(rotationState),
  batch: Type.Optional(Type.String({ maxLength: 100 })),
  before: Type.Optional(Id),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
});
export const RotationProgress = Type.Array(
  Type.Object({ batch: Type.String(), state: rotationState, step: Type.String(), count, begunAt: Instant }),
);
export type RotationProgress = Static<typeof RotationProgress>;

export const KeyAgeQuery = Type.Object({
  after: Type.Optional(Id),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
});
export const KeyAgeList = Type.Object({
  maxAgeDays: count,
  total: count,
  items: Type.Array(
    Type.Object({
      ...{ meterId: Id, serial: Type.String(), manufacturer: Type.String(), model: Type.String(), suite },
      ...{ oldestAt: Instant, counter: count, isRotating: Type.Boolean() },
    }),
  ),
});
export type KeyAgeList = Static<typeof KeyAgeList>;

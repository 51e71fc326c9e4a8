/** Contract: readings pushed over HTTP. */
import { type Static, Type } from 'typebox';

export const PushRejection = Type.Object({
  device: Type.String(),
  quantity: Type.String(),
  end: Type.Integer({ description: 'Epoch seconds; 0 when unknown' }),
  value: Type.String(),
  code: Type.String(),
  detail: Type.String(),
});
export type PushRejection = Static<typeof PushRejection>;

/** Given only after everything in the request is on disk. */
export const PushReceipt = Type.Object({
  accepted: Type.Integer(),
  rejected: Type.Array(PushRejection, { description: 'The first of them' }),
  rejectedCount: Type.Integer(),
  rejectedCut: Type.Integer({ description: 'Of them, those that are counted but not kept one by one' }),
  unregistered: Type.Integer(),
  missing: Type.Integer(),
});
export type PushReceipt = Static<typeof PushReceipt>;

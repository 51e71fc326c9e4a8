/** Pieces that several services share (IEC 62056-5-3 clause 8). */

import type { NameOf, ValueOf } from './schema.ts';
import {
  bool,
  choice,
  data,
  i8,
  logicalName,
  named,
  octets,
  optional,
  sequence,
  single,
  u8,
  u16,
  u32,
} from './schema.ts';

/** Data-Access-Result. */
export const dataAccessResults = {
  success: 0,
  'hardware-fault': 1,
  'temporary-failure': 2,
  'read-write-denied': 3,
  'object-undefined': 4,
  'object-class-inconsistent': 9,
  'object-unavailable': 11,
  'type-unmatched': 12,
  'scope-of-access-violated': 13,
  'data-block-unavailable': 14,
  'long-get-aborted': 15,
  'no-long-get-in-progress': 16,
  'long-set-aborted': 17,
  'no-long-set-in-progress': 18,
  'data-block-number-invalid': 19,
  'other-reason': 250,
} as const;
export type DataAccessResult = NameOf<typeof dataAccessResults>;
export const dataAccessResult = named(dataAccessResults);

/** Action-Result. */
export const actionResults = {
  success: 0,
  'hardware-fault': 1,
  'temporary-failure': 2,
  'read-write-denied': 3,
  'object-undefined': 4,
  'object-class-inconsistent': 9,
  'object-unavailable': 11,
  'type-unmatched': 12,
  'scope-of-access-violated': 13,
  'data-block-unavailable': 14,
  'long-action-aborted': 15,
  'no-long-action-in-progress': 16,
  'other-reason': 250,
} as const;
export type ActionResult = NameOf<typeof actionResults>;
export const actionResult = named(actionResults);

/** Cosem-Attribute-Descriptor. */
export const attributeDescriptor = sequence({ classId: u16, instance: logicalName, attribute: i8 });
export type AttributeDescriptor = ValueOf<typeof attributeDescriptor>;

/** Cosem-Method-Descriptor. */
export const methodDescriptor = sequence({ classId: u16, instance: logicalName, method: i8 });
export type MethodDescriptor = ValueOf<typeof methodDescriptor>;

/** Selective-Access-Descriptor. */
export const accessSelection = sequence({ selector: u8, parameters: data });
export type AccessSelection = ValueOf<typeof accessSelection>;

/** Cosem-Attribute-Descriptor-With-Selection. */
export const attributeWithSelection = sequence({
  attribute: attributeDescriptor,
  selection: optional(accessSelection),
});

/** Get-Data-Result. */
export const getDataResult = choice('Get-Data-Result', {
  data: [0, single(data)],
  error: [1, single(dataAccessResult)],
});
export type GetDataResult = ValueOf<typeof getDataResult>;

/** DataBlock-SA: one block of an APDU that is sent in several. */
export const dataBlock = sequence({ last: bool, number: u32, raw: octets });
export type DataBlock = ValueOf<typeof dataBlock>;

/**
 * Invoke-Id-And-Priority: the id in bits 0 to 3, bit 6 set for a confirmed service, bit 7 for high priority.
 */
export function invokeByte(id: number, confirmed = true, highPriority = true): number {
  return (id & 0x0f) | (confirmed ? 0x40 : 0) | (highPriority ? 0x80 : 0);
}

/**
 * Long-Invoke-Id-And-Priority: the id in bits 0 to 23, bit 28 self-descriptive, bit 29 break on error,
 * bit 30 confirmed, bit 31 high priority.
 */
export function longInvoke(id: number, flags: LongInvokeFlags = {}): number {
  const bits =
    (flags.selfDescriptive ? 0x1000_0000 : 0) |
    (flags.breakOnError ? 0x2000_0000 : 0) |
    (flags.confirmed ? 0x4000_0000 : 0) |
    (flags.highPriority ? 0x8000_0000 : 0);
  return ((id & 0xff_ffff) | bits) >>> 0;
}

export interface LongInvokeFlags {
  readonly selfDescriptive?: boolean;
  readonly breakOnError?: boolean;
  readonly confirmed?: boolean;
  readonly highPriority?: boolean;
}

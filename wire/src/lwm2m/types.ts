/** Types of resources (Core appendix C) and values of them. */
import type { Decimal } from '../decimal.ts';

export type Lwm2mType =
  | 'string'
  | 'integer'
  | 'unsigned'
  | 'float'
  | 'boolean'
  | 'opaque'
  | 'time'
  | 'link'
  | 'none';

export type Lwm2mValue =
  | { readonly type: 'number'; readonly number: Decimal }
  | { readonly type: 'notFinite'; readonly number: number }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'flag'; readonly flag: boolean }
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** Seconds since 1970. */
  | { readonly type: 'time'; readonly s: Decimal }
  | { readonly type: 'link'; readonly object: number; readonly instance: number };

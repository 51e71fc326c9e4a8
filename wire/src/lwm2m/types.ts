/** Types of resources (Core appendix C) and values of them. */
import type { Decimal } from '../decimal.ts';
import type { SenmlValue } from '../senml/pack.ts';

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

/** As in SenML, but that times and links are told from numbers and text. */
export type Lwm2mValue =
  | Exclude<SenmlValue, { readonly type: 'link' }>
  /** Seconds since 1970. */
  | { readonly type: 'time'; readonly s: Decimal }
  | { readonly type: 'link'; readonly object: number; readonly instance: number };

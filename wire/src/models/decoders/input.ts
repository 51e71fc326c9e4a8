import type { MbusAddress } from '../../mbus/address.ts';
import { decodeRecords, type MbusRecords } from '../../mbus/record/records.ts';
import { AesKey, type MbusKey } from '../../mbus/security/key.ts';
import type { MbusTelegram } from '../../mbus/telegram.ts';
import type { FlatValue } from '../../mbus/values.ts';

/** What a decoder of a maker's own format is given. */
export interface ProprietaryInput {
  /** Plain bytes behind CI and header. */
  readonly payload: Uint8Array;
  readonly ci: number;
  readonly link: MbusAddress | undefined;
  readonly status?: number | undefined;
  readonly accessNumber?: number | undefined;
  /** Configuration field of the header. */
  readonly configuration?: number | undefined;
  /** Of meters that encrypt in a way of their own. */
  readonly key?: AesKey | undefined;
  /** The meter's key in 32 bits, which is all that Diehl uses of it. */
  readonly foldedKey?: number | undefined;
  /** Patterns that stand for "no value" as if they were values. */
  readonly asSent?: boolean | undefined;
}

/** Values by flat name; `id` and `media` where the maker says them in a way of his own. */
export type FlatValues = Record<string, FlatValue>;

export type ProprietaryDecoder = (input: ProprietaryInput) => FlatValues;

export interface InputOptions {
  readonly key?: MbusKey | undefined;
  readonly asSent?: boolean | undefined;
}

export function proprietaryInput(telegram: MbusTelegram, options: InputOptions): ProprietaryInput {
  const { payload, ci, link, status, accessNumber, header } = telegram;
  const { key, asSent } = options;
  return {
    payload,
    ci,
    link,
    status,
    accessNumber,
    configuration: header?.configuration,
    key: key instanceof AesKey ? key : undefined,
    foldedKey: key?.folded,
    asSent,
  };
}

/** Records as far as there are any, and what follows after 0F or 1F. */
export function recordsOf({ payload }: ProprietaryInput): MbusRecords {
  return decodeRecords(payload, 0, payload.length, false, true);
}

/** Whether a key opens what was heard of a meter, telegram by telegram. */
import { OpenAmiError } from '@openami/model';
import { type AesKey, decodeWmbus, Formats } from '@openami/wire/mbus';
import { stateOfError } from './open.ts';

/** `right`: opened by it. `no-key`: encrypted, and no key was given. `plain`: there is nothing to open. */
export type RadioVerdict = 'right' | 'wrong' | 'no-key' | 'plain' | 'unsupported' | 'damaged';

export interface RadioKeyCheck {
  readonly verdict: RadioVerdict;
  /** Of all telegrams. */
  readonly of: Readonly<Record<RadioVerdict, number>>;
}

/** The verdict over telegrams: one that is right proves the key; without one, what most of them say. */
export function checkRadioKey(key: AesKey | undefined, telegrams: readonly Uint8Array[]): RadioKeyCheck {
  const formats = new Formats();
  return verdictOver(telegrams.map((bytes) => verdictOf(key, bytes, formats)));
}

/** What the verdicts of telegrams come to. */
export function verdictOver(verdicts: readonly RadioVerdict[]): RadioKeyCheck {
  const of = { right: 0, wrong: 0, 'no-key': 0, plain: 0, unsupported: 0, damaged: 0 };
  for (const one of verdicts) of[one]++;
  const order: readonly RadioVerdict[] = ['wrong', 'no-key', 'plain', 'unsupported', 'damaged'];
  const most = order.reduce((best, one) => (of[one] > of[best] ? one : best));
  return { verdict: of.right > 0 ? 'right' : most, of };
}

const notKnown: ReadonlySet<string> = new Set([
  ...['MBUS_UNSUPPORTED', 'MBUS_UNKNOWN_FORMAT', 'MBUS_BAD_KEY', 'P1_UNSUPPORTED'],
]);

/** What the error of a telegram that was not opened says of the key. */
export function verdictOfError(code: string): RadioVerdict {
  if (notKnown.has(code)) return 'unsupported';
  const state = stateOfError(code);
  return state === 'no-key' ? 'no-key' : state === 'wrong-key' ? 'wrong' : 'damaged';
}

function verdictOf(key: AesKey | undefined, bytes: Uint8Array, formats: Formats): RadioVerdict {
  try {
    const { security, content } = decodeWmbus(bytes, { key, format: 'auto', partial: true, formats });
    if (security === 'decrypted') return 'right';
    // in its maker's own form: what the key does to it cannot be told
    const makers = security === 'manufacturer' || (key !== undefined && content === 'manufacturer');
    return makers ? 'unsupported' : 'plain';
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    return verdictOfError(error.code);
  }
}

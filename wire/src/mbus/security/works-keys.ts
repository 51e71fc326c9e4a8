/** Keys that meters leave the works with, and that everybody knows: what they hide is read, not trusted. */
import { bytesOfHex } from '../../bytes.ts';
import type { MbusAddress } from '../address.ts';
import { AesKey } from './key.ts';

/** Diehl and its older names. */
export const diehlMakers: readonly string[] = ['DME', 'EWT', 'HYD', 'SAP', 'SPL'];

const byMaker: ReadonlyMap<string, AesKey> = /* @__PURE__ */ makeKeys();

function makeKeys(): Map<string, AesKey> {
  const key = new AesKey(bytesOfHex('51728910e66d83f851728910e66d83f8')!);
  return new Map(diehlMakers.map((maker) => [maker, key]));
}

/** The key a meter has when nobody gave it another; undefined where none is known. */
export function worksKeyOf(meter: MbusAddress | undefined): AesKey | undefined {
  return meter === undefined ? undefined : byMaker.get(meter.manufacturer);
}

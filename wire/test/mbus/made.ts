/** Meters, records and telegrams of our own making, for the tests of M-Bus. */
import {
  encodeRecords,
  encodeWirelessTelegram,
  type MbusAddress,
  type MbusTime,
  mbusKey,
  type RecordToSend,
  type WirelessToSend,
} from '../../src/mbus/index.ts';
import type { AesKey } from '../../src/mbus/security/key.ts';

export const water: MbusAddress = { manufacturer: 'OAM', id: '26000417', version: 3, type: 7 };

export const noon: Omit<MbusTime, 'valid'> = {
  type: 'F',
  year: 2026,
  month: 3,
  day: 29,
  hour: 12,
  minute: 15,
  second: 0,
  summerTime: false,
};

export const waterRecords: readonly RecordToSend[] = [
  { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: 417_250 },
  { quantity: 'date-time', field: 'int32', value: noon },
  { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: 401_000, storage: 1 },
  {
    quantity: 'date',
    field: 'int16',
    value: { ...noon, type: 'G', year: 2025, month: 12, day: 31 },
    storage: 1,
  },
  { quantity: 'volume-flow', unit: 'm3/h', power: -3, field: 'int16', value: 86 },
  { quantity: 'volume', unit: 'm3', power: -3, field: 'int32', value: 12, modifiers: ['negative-only'] },
  { quantity: 'error-flags', field: 'int16', value: 0 },
];

export const keyBytes = Uint8Array.from({ length: 16 }, (_, i) => i * 7 + 1);
export const key = mbusKey(keyBytes) as AesKey;
export const otherKey = mbusKey(keyBytes.map((byte) => byte ^ 0x55)) as AesKey;

export function waterTelegram(change: Partial<WirelessToSend> = {}): Uint8Array<ArrayBuffer> {
  return encodeWirelessTelegram({
    meter: water,
    accessNumber: 42,
    payload: encodeRecords(waterRecords),
    header: 'short',
    ...change,
  });
}

/** The code of the error that `work` raises. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'none';
}

/** What a wireless M-Bus meter sends: the register of the last full hour with its time, encrypted. */
import { standardOffsetS, zoneTable } from '@openami/model';
import {
  AesKey,
  encodeRecords,
  encodeWirelessTelegram,
  type MbusTime,
  type RecordToSend,
  type SendSecurity,
} from '@openami/wire/mbus';
import type { LocalDays } from '../calendar.ts';
import type { RadioMeter } from './radio-plan.ts';

/** Of compact frames, each so manieth is a full one, from which receivers learn. */
const FULL_EVERY = 8;

/** Register records by commodity, in the steps that the register counts in. */
const registers = {
  water: { quantity: 'volume', unit: 'm3', power: -3 },
  gas: { quantity: 'volume', unit: 'm3', power: -2 },
  heat: { quantity: 'energy', unit: 'Wh', power: 2 },
} as const satisfies Record<string, Pick<RecordToSend, 'quantity' | 'unit' | 'power'>>;

export interface Shown {
  /** What the register shows, in counts of its channel. */
  readonly counts: number;
  /** Since when, epoch seconds; whole minutes. */
  readonly atS: number;
}

/**
 * The n-th telegram of a meter, without the CRCs of the link. Access number and counter follow from `turn`,
 * so that a restarted simulation goes on and never back.
 */
export function radioTelegram(
  { meter, address, key: bytes, security }: RadioMeter,
  days: LocalDays,
  turn: number,
  { counts, atS }: Shown,
): Uint8Array<ArrayBuffer> {
  const register = registers[meter.commodity as keyof typeof registers];
  const payload = encodeRecords([
    { ...register, field: 'int32', value: counts },
    { quantity: 'date-time', field: 'int32', value: localTime(days, atS) },
  ]);
  const key = new AesKey(bytes);
  const kind: SendSecurity =
    security === 'mode-7' ? { mode: 7, key, counter: turn % 2 ** 32 } : { mode: 5, key };
  return encodeWirelessTelegram({
    ...{ meter: address, accessNumber: turn & 0xff, payload, security: kind, header: 'short' },
    frame: security === 'compact' && turn % FULL_EVERY !== 0 ? 'compact' : 'full',
  });
}

/** The meter's clock: local time, and whether it is set for summer. */
function localTime(days: LocalDays, atS: number): Omit<MbusTime, 'valid'> {
  const offsetS = days.offset(atS);
  const local = new Date((atS + offsetS) * 1_000);
  const year = local.getUTCFullYear();
  return {
    ...{ type: 'F', year, month: local.getUTCMonth() + 1, day: local.getUTCDate() },
    ...{ hour: local.getUTCHours(), minute: local.getUTCMinutes(), second: 0 },
    summerTime: offsetS > standardOffsetS(zoneTable(days.zone), year),
  };
}

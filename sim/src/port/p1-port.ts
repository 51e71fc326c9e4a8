/** Telegrams of a P1 port (DSMR 5.0.2) with a gas meter behind it on M-Bus. */
import { standardOffsetS, zoneTable } from '@openami/model';
import { encodeP1, type P1ToSend, p1HexText, p1TimeText } from '@openami/wire/p1';
import type { LocalDays } from '../calendar.ts';
import { MANUFACTURER } from '../protocols.ts';
import type { Household } from './household.ts';

/** What the gas meter behind the port showed at the last full hour. */
export interface GasBehind {
  readonly serial: string;
  readonly atS: number;
  readonly litres: number;
}

/** A telegram; registers to the watt-hour. */
export function p1Telegram(
  { serial, atS, importWh, exportWh, powerW }: Household,
  days: LocalDays,
  gas?: GasBehind,
): Uint8Array<ArrayBuffer> {
  const kwh = (wh: number): string => decimals(wh, 6);
  const standardS = standardOffsetS(zoneTable(days.zone), new Date(atS * 1_000).getUTCFullYear());
  const timeText = (whenS: number): string => p1TimeText(whenS, days.offset(whenS) > standardS, standardS);
  const one = (address: string, value: string, unit?: string) => ({
    address,
    values: [unit === undefined ? { value } : { value, unit }],
  });
  const records: P1ToSend['records'] = [
    one('1-3:0.2.8', '50'),
    one('0-0:1.0.0', timeText(atS)),
    one('0-0:96.1.1', p1HexText(serial)),
    one('1-0:1.8.0', kwh(importWh), 'kWh'),
    one('1-0:2.8.0', kwh(exportWh), 'kWh'),
    one('1-0:1.7.0', decimals(Math.max(0, Math.round(powerW)), 2), 'kW'),
    one('1-0:2.7.0', decimals(Math.max(0, Math.round(-powerW)), 2), 'kW'),
    ...(gas === undefined ? [] : gasRecords(gas, timeText(gas.atS), one)),
  ];
  return encodeP1({ identification: { maker: MANUFACTURER, baudCode: '5', text: '\\2SIM-5' }, records });
}

function gasRecords(
  { serial, litres }: GasBehind,
  time: string,
  one: (address: string, value: string) => P1ToSend['records'][number],
): P1ToSend['records'] {
  return [
    one('0-1:24.1.0', '003'),
    one('0-1:96.1.0', p1HexText(serial)),
    { address: '0-1:24.2.1', values: [{ value: time }, { value: decimals(litres, 5), unit: 'm3' }] },
  ];
}

/** Thousandths as a number with three decimals, and so many digits before them. */
function decimals(thousandths: number, digits: number): string {
  const text = String(thousandths).padStart(digits + 3, '0');
  return `${text.slice(0, -3)}.${text.slice(-3)}`;
}

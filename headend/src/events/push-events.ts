/**
 * Events that a push tells: the object with the last event of a log (0-0:96.11.x), and alarm registers
 * (0-0:97.98.x), of which every bit is an event.
 */
import type { Commodity } from '@openami/model';
import type { PushEvent } from '@openami/wire';
import type { Push, PushReading } from '@openami/wire/dlms';
import { remember } from '../remember.ts';
import { type AlarmTable, dlmsAlarmRegisters } from './dlms-alarm-table.ts';
import { dlmsLogOf, mapDlmsEvent, unknownEvent } from './dlms-events.ts';

export interface PushedEvents {
  readonly push: Push;
  readonly device: string;
  readonly commodity: Commodity;
  /** Of events whose time the push does not tell, seconds since 1970. */
  readonly receivedS: number;
  /** The push is about one event; else it may be one of many readings that come again and again. */
  readonly isEvent: boolean;
}

const remembered = 200_000;
const alarmName = /^0\.\d+\.97\.98\.(\d+)\.255$/;

/** Whether an object tells events, whatever it holds now. */
export function tellsEvents({ obis }: Pick<PushReading, 'obis'>): boolean {
  return dlmsLogOf(obis) !== undefined || alarmsOf(obis) !== undefined;
}

function alarmsOf(obis: string): AlarmTable | undefined {
  const register = alarmName.exec(obis)?.[1];
  return register === undefined ? undefined : dlmsAlarmRegisters[Number(register)];
}

/** Events of pushes; remembers what each meter told last, of so many meters. */
export class PushEvents {
  readonly #last = new Map<string, number>();

  of({ push, device, commodity, receivedS, isEvent }: PushedEvents): PushEvent[] {
    const at = push.time?.utcS ?? receivedS;
    const events: PushEvent[] = [];
    for (const { obis, value } of push.readings) {
      if (typeof value !== 'number' || !Number.isInteger(value)) continue;
      const log = dlmsLogOf(obis);
      const alarms = alarmsOf(obis);
      if (log === undefined && alarms === undefined) continue;
      const before = this.#change(`${device} ${obis}`, value);
      if (log !== undefined) {
        // a meter that never saw an event tells 0
        if (value === 0 || (before === value && !isEvent)) continue;
        const { code, detail } = mapDlmsEvent(log, value, commodity);
        events.push({ code, at, detail });
      } else {
        for (const bit of newBits(value, before))
          events.push({ ...alarm(alarms!, bit, obis, commodity), at });
      }
    }
    return events;
  }

  /** What it was before. */
  #change(name: string, value: number): number {
    const before = this.#last.get(name) ?? 0;
    // the one that told longest ago is the first to be forgotten
    remember(this.#last, name, value, remembered);
    return before;
  }
}

/**
 * Bits stay set until somebody clears them, so those that were told before are no news. A push that says
 * nothing new is one that happened again.
 */
function newBits(value: number, before: number): number[] {
  const news = (value & ~before) >>> 0;
  const told = news === 0 ? value >>> 0 : news;
  return Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => (told >>> bit) & 1);
}

function alarm(table: AlarmTable, bit: number, obis: string, commodity: Commodity): Omit<PushEvent, 'at'> {
  const entry = Object.hasOwn(table, bit) ? table[bit] : undefined;
  if (entry === undefined) return { code: unknownEvent(commodity), detail: `alarm ${bit} (${obis})` };
  const { code, detail } = mapDlmsEvent(...entry, commodity);
  return { code, detail };
}

/** DLMS event logs in the terms everything else speaks: CIM end-device events with their severity. */
import { type EventSeverity, eventSeverity } from '@openami/model';
import { type DlmsEventLog, dlmsEventLogs, dlmsLogNumbers, type EventTable } from './dlms-event-table.ts';

export interface MappedEvent {
  /** CIM `deviceType.domain.subDomain.eventOrAction`. */
  readonly code: string;
  readonly severity: EventSeverity;
  readonly detail: string;
}

/** First field of the code by commodity: electric, gas, water meter; heat has none of its own. */
const deviceTypes = { electricity: 3, gas: 4, water: 24, heat: 0 } as const;

/** Reported, and not known here: some event in a log. */
const unknown = '17.0.24';

export function unknownEvent(commodity: keyof typeof deviceTypes): string {
  return `${deviceTypes[commodity]}.${unknown}`;
}

/** The log an OBIS code `0.0.99.98.E.255` or `0.0.96.11.E.255` names; undefined for none. */
export function dlmsLogOf(obis: string): DlmsEventLog | undefined {
  const number = /^0\.\d+\.(?:99\.98|96\.11)\.(\d+)\.255$/.exec(obis)?.[1];
  return number === undefined ? undefined : dlmsLogNumbers[Number(number)];
}

/**
 * An event of a log. `own` is a table of the meter's model, looked at first. A number that nobody knows is
 * kept, with what is known of it.
 */
export function mapDlmsEvent(
  log: DlmsEventLog,
  number: number,
  commodity: keyof typeof deviceTypes = 'electricity',
  own: EventTable = {},
): MappedEvent {
  const table: EventTable = dlmsEventLogs[log];
  const row = Object.hasOwn(own, number)
    ? own[number]
    : Object.hasOwn(table, number)
      ? table[number]
      : undefined;
  const code = `${deviceTypes[commodity]}.${row?.code ?? unknown}`;
  const detail = row ? (row.words ?? '') : `unknown`;
  return { code, severity: eventSeverity(code), detail: `${detail} (${log} log, ${number})`.trim() };
}

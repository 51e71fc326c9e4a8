/** From what is known of a meter to the events of its commissioning, and to what is missing. Pure. */
import type { CommissioningFinding, CommissioningRecord } from '@openami/model';
import type { CommissioningDemands } from './demands.ts';
import { type CommissioningCode, commissioningErrors } from './errors.ts';
import { type CommissioningEvent, stepCommissioning } from './machine.ts';

/** What is stored and heard of a meter now. Times are seconds since 1970; null for not (yet). */
export interface MeterSight {
  /** Neither removed nor retired. */
  readonly isInUse: boolean;
  /** When its key came into the vault. */
  readonly keyedS: number | null;
  readonly installedS: number | null;
  /** What is heard of it over the air, or by sessions and messages. */
  readonly heard: {
    readonly lastS: number;
    readonly verdict: 'read' | 'plain' | 'no-key' | 'wrong-key' | 'unreadable';
    /** Of the error of what came last; empty for none. */
    readonly code: string;
    readonly gateways: readonly string[];
    /** Of the best path, dBm; null where nobody says. */
    readonly rssiDbm: number | null;
  } | null;
  /** End of its newest reading. */
  readonly lastReadS: number | null;
  /** Readings of a whole day, as far as they were counted. */
  readonly day: { readonly present: number; readonly expected: number } | null;
  /** Start index of its delivery and its register now, in m³ or kWh. */
  readonly startIndex: number | null;
  readonly registerIndex: number | null;
  /** Gateway that is meant to hear it; empty for any. */
  readonly gateway: string;
}

const wrongKey: CommissioningCode = 'COMMISSION_KEY_WRONG';
const wrongStart: CommissioningCode = 'COMMISSION_START_IMPLAUSIBLE';

/** The record after what is seen; the same object where nothing is new. */
export function observeMeter(
  record: CommissioningRecord,
  sight: MeterSight,
  demands: CommissioningDemands,
  nowS: number,
): CommissioningRecord {
  if (!sight.isInUse) return stepCommissioning(record, { type: 'removed', atS: nowS });
  const back = stepCommissioning(record, { type: 'returned', atS: nowS });
  return eventsOf(back, sight, demands, nowS).reduce(stepCommissioning, back);
}

function eventsOf(
  record: CommissioningRecord,
  sight: MeterSight,
  demands: CommissioningDemands,
  nowS: number,
): CommissioningEvent[] {
  const { installedS, lastReadS } = sight;
  const events: CommissioningEvent[] = [];
  const keyedS = keyedSince(record, sight, demands, nowS);
  events.push(
    keyedS === null
      ? { type: 'lost', mark: 'keyed', atS: nowS }
      : { type: 'mark', mark: 'keyed', atS: keyedS },
  );
  if (installedS === null || installedS > nowS) {
    events.push({ type: 'lost', mark: 'installed', atS: nowS });
  } else {
    events.push({ type: 'mark', mark: 'installed', atS: installedS });
    const heardS = heardSince(sight, installedS);
    if (heardS !== null) events.push({ type: 'mark', mark: 'heard', atS: Math.min(heardS, nowS) });
    if (lastReadS !== null && lastReadS > installedS)
      events.push({ type: 'mark', mark: 'reading', atS: Math.min(lastReadS, nowS) });
  }
  const fault = faultOf(sight, demands, record.fault, nowS);
  events.push(fault === '' ? { type: 'cleared', atS: nowS } : { type: 'fault', code: fault, atS: nowS });
  if (isComplete(sight, demands)) events.push({ type: 'mark', mark: 'complete', atS: nowS });
  return events;
}

/** Keys that a network server keeps, and none where none is needed, show in that it is read. */
function keyedSince(
  { marks }: CommissioningRecord,
  { keyedS, heard }: MeterSight,
  { isKeyed }: CommissioningDemands,
  nowS: number,
): number | null {
  if (keyedS !== null) return keyedS;
  const isOpen = heard?.verdict === 'read' || heard?.verdict === 'plain';
  if (isKeyed && !isOpen) return null;
  return marks.delivered ?? nowS;
}

/** In the store room it may be heard as well: that says nothing of its place. */
function heardSince({ heard, lastReadS }: MeterSight, installedS: number): number | null {
  const lastS = Math.max(heard?.lastS ?? 0, lastReadS ?? 0);
  return lastS > installedS ? lastS : null;
}

function faultOf(
  { heard, startIndex, registerIndex, installedS }: MeterSight,
  { maxStartAdvance }: CommissioningDemands,
  before: string,
  nowS: number,
): string {
  if (heard?.verdict === 'wrong-key') return wrongKey;
  if (maxStartAdvance === null || startIndex === null || installedS === null) return '';
  // as long as nobody looks at the register, what was found of it stands
  if (registerIndex === null) return before === wrongStart ? before : '';
  const advance = registerIndex - startIndex;
  const days = Math.max(1, (nowS - installedS) / 86_400);
  return advance < 0 || advance > maxStartAdvance * days ? wrongStart : '';
}

function isComplete({ day, heard, gateway }: MeterSight, demands: CommissioningDemands): boolean {
  return isFull(day, demands) && !isWeak(heard, demands) && !isElsewhere(heard, gateway);
}

/** A day on which nothing was owed says nothing. */
function isFull(day: MeterSight['day'], { coveragePercent }: CommissioningDemands): boolean {
  return day !== null && day.expected > 0 && day.present * 100 >= day.expected * coveragePercent;
}

function isWeak(heard: MeterSight['heard'], { minRssiDbm }: CommissioningDemands): boolean {
  return minRssiDbm !== null && heard?.rssiDbm != null && heard.rssiDbm < minRssiDbm;
}

/** A gateway hands on what others under it hear: `roof` is meant by `roof/stick 2`, too. */
function isElsewhere(heard: MeterSight['heard'], gateway: string): boolean {
  if (gateway === '' || heard === null || heard.gateways.length === 0) return false;
  return !heard.gateways.some((one) => one === gateway || one.startsWith(`${gateway}/`));
}

/** What is missing, the first first; nothing of a meter that has come to an end. */
export function findingsOf(
  record: CommissioningRecord,
  sight: MeterSight,
  demands: CommissioningDemands,
  nowS: number,
): CommissioningFinding[] {
  const { state, marks, fault, decision } = record;
  if (state === 'commissioned' || state === 'decommissioned') return [];
  const found: CommissioningFinding[] = [];
  const waitedH = (nowS - record.waitS) / 3_600;
  const add = (code: CommissioningCode, detail: string, isLate: boolean) =>
    found.push({ code, detail: detail || commissioningErrors[code]().message, isLate });
  if (decision?.kind === 'give-up') add('COMMISSION_GIVEN_UP', decision.reason, false);
  const { heard, gateway } = sight;
  if (fault === wrongKey) add(wrongKey, '', true);
  if (fault === wrongStart) add(wrongStart, startWords(sight), true);
  if (marks.keyed === undefined) add('COMMISSION_KEY_MISSING', '', heard !== null);
  if (marks.installed === undefined) {
    add('COMMISSION_NOT_INSTALLED', heard === null ? '' : 'it is heard already', false);
    return found;
  }
  if (marks.heard === undefined) {
    const words = `waits ${hours(waitedH)} of ${demands.heardWithinH} h`;
    add('COMMISSION_NEVER_HEARD', words, waitedH > demands.heardWithinH);
    return found;
  }
  if (isElsewhere(heard, gateway)) {
    const by = heard!.gateways.slice(0, 3).join(', ');
    add('COMMISSION_OTHER_GATEWAY', `meant is ${gateway}, heard by ${by}`, true);
  }
  if (isWeak(heard, demands)) {
    const words = `${Math.round(heard!.rssiDbm!)} dBm, demanded ${demands.minRssiDbm} dBm`;
    add('COMMISSION_SIGNAL_WEAK', words, true);
  }
  if (marks.reading === undefined) {
    const isLate = waitedH > demands.readingWithinH;
    if (heard?.verdict === 'unreadable') add('COMMISSION_UNREADABLE', heard.code, true);
    else if (marks.keyed !== undefined && fault !== wrongKey)
      add('COMMISSION_NOT_READ', `waits ${hours(waitedH)} of ${demands.readingWithinH} h`, isLate);
    return found;
  }
  const { day } = sight;
  const words = day === null ? 'no day is over yet' : `${day.present} of ${day.expected} readings of a day`;
  if (!isFull(day, demands)) add('COMMISSION_DAY_INCOMPLETE', words, waitedH > demands.completeWithinH);
  return found;
}

const hours = (count: number) => `${Math.max(0, Math.floor(count))} h`;

function startWords({ startIndex, registerIndex }: MeterSight): string {
  return registerIndex === null ? '' : `delivered with ${startIndex}, reads ${registerIndex}`;
}

/**
 * Proof of the service level, by local day and group of meters: of what was expected, how much is there,
 * how much came by each deadline, what is at risk, and what is lost for good. Computed from counts; no
 * reading passes here.
 *
 *     expected ─┬─ in time   stored by its own deadline (or stored, and the deadline still ahead)
 *               ├─ lost      its deadline passed without it (it may have come later)
 *               └─ to come   not there, its deadline ahead
 *
 * A level of 99 % needs ceil(0.99 expected) in time. It is met as soon as those are there, and breached as
 * soon as so many are lost that they cannot be: hours before the deadline, where deadlines are of single
 * intervals.
 */
import type { ServiceLevel } from './plan.ts';

/** What a count by level says: of entries due by their own deadline of that level. */
export interface LevelCount {
  /** Stored by their deadline; also those stored whose deadline is ahead. */
  readonly inTime: number;
  /** Deadline passed, and not stored by then. */
  readonly lost: number;
}

export interface ServiceCounts {
  /** Local day number. */
  readonly day: number;
  /** Code of the plan, and of a group in it where it has several. */
  readonly group: string;
  readonly expected: number;
  /** Stored by now, whenever. */
  readonly present: number;
  /** One a level of the plan. */
  readonly levels: readonly LevelCount[];
}

/** `onCourse`: to be decided, and reached if readings go on coming as they did. */
export type LevelState = 'met' | 'onCourse' | 'atRisk' | 'breached';

export interface LevelProof {
  readonly share: number;
  /** Of the day's last entry, UTC seconds. */
  readonly deadlineS: number;
  /** Entries that must be in time. */
  readonly needed: number;
  readonly inTime: number;
  readonly lost: number;
  /** Not stored, deadline ahead. */
  readonly toCome: number;
  readonly state: LevelState;
}

export interface ServiceDay {
  readonly day: number;
  readonly group: string;
  readonly expected: number;
  readonly present: number;
  readonly levels: readonly LevelProof[];
}

/** Entries that a share asks for. Shares are taken to the millionth, so that 0.55 of 100 is 55 and not 56. */
export function neededOf(share: number, expected: number): number {
  return Math.ceil((Math.round(share * 1e6) * expected) / 1e6);
}

/** Counts of a day whose entries all have the deadlines of its close; `byDeadline[i]`: stored by the i-th. */
export function countsOfDay(
  counts: Omit<ServiceCounts, 'levels'>,
  byDeadline: readonly number[],
  deadlinesS: readonly number[],
  nowS: number,
): ServiceCounts {
  const levels = deadlinesS.map((deadlineS, i) =>
    deadlineS > nowS
      ? { inTime: counts.present, lost: 0 }
      : { inTime: byDeadline[i]!, lost: counts.expected - byDeadline[i]! },
  );
  return { ...counts, levels };
}

/**
 * The proof of a day. `deadlinesS` are those of the day's last entry, `opensS` is when reading of it began:
 * a level is at risk when the pace since then does not reach it.
 */
export function serviceDay(
  counts: ServiceCounts,
  plan: readonly ServiceLevel[],
  deadlinesS: readonly number[],
  opensS: number,
  nowS: number,
): ServiceDay {
  const { day, group, expected, present } = counts;
  const levels = plan.map(({ share }, i): LevelProof => {
    const { inTime, lost } = counts.levels[i]!;
    const deadlineS = deadlinesS[i]!;
    const needed = neededOf(share, expected);
    const state = stateOf(inTime, lost, needed, expected, (nowS - opensS) / (deadlineS - opensS));
    return { share, deadlineS, needed, inTime, lost, toCome: expected - inTime - lost, state };
  });
  return { day, group, expected, present, levels };
}

/** `elapsed`: of the time from opening to the deadline, 0 to 1 while it lasts. */
function stateOf(
  inTime: number,
  lost: number,
  needed: number,
  expected: number,
  elapsed: number,
): LevelState {
  if (inTime >= needed) return 'met';
  if (expected - lost < needed) return 'breached';
  // Nothing can be said of a pace before it began.
  return elapsed > 0 && inTime < needed * Math.min(elapsed, 1) ? 'atRisk' : 'onCourse';
}

/** Adds groups of one day and the same levels up. */
export function addCounts(parts: readonly ServiceCounts[], group: string): ServiceCounts | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  const sum = (of: (part: ServiceCounts) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    day: first.day,
    group,
    expected: sum((part) => part.expected),
    present: sum((part) => part.present),
    levels: first.levels.map((_, i) => ({
      inTime: sum((part) => part.levels[i]!.inTime),
      lost: sum((part) => part.levels[i]!.lost),
    })),
  };
}

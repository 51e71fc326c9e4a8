/**
 * Recorded telegrams of meters that do not count their messages (security mode 5). Such a telegram is known
 * by two things together: these very bytes were taken before, and a later one said more: a register that only
 * grows, or the time of the meter. A meter whose values stand still may say the same again, which harms
 * nobody.
 */
import { Accumulation, findObis, isReadingType, parseReadingType, readingTypeOfObis } from '@openami/model';
import type { PushMessage } from '@openami/wire';
import { remember } from '../remember.ts';

/** A telegram that was opened. */
export interface OpenedSaying {
  /** Counts telegrams, from 0 to 255 and over again. */
  readonly accessNumber: number;
  /** 32 bits that tell its bytes from others. */
  readonly print: number;
  readonly message: PushMessage;
  readonly atMs: number;
}

export interface ReplayLimits {
  readonly meters: number;
  /** A telegram that was taken longer ago is not known any more. */
  readonly rememberedMs: number;
}

const defaultLimits: ReplayLimits = { meters: 20_000, rememberedMs: 7 * 86_400_000 };
const ACCESS_NUMBERS = 256;

/** What a telegram says of how far the meter is. */
interface Progress {
  readonly sentMs: number;
  readonly registers: ReadonlyMap<string, number>;
}

interface Remembered {
  /** Of the last telegram of each access number; 0 for none. */
  readonly prints: Uint32Array;
  /** When it was heard, seconds since 1970. */
  readonly atS: Uint32Array;
  last: Progress;
  lastMs: number;
}

export class ReplayWatch {
  readonly #limits: ReplayLimits;
  readonly #meters = new Map<string, Remembered>();

  constructor(limits: Partial<ReplayLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  /** Whether somebody repeats what he recorded. One that a gateway held back says when it was heard. */
  isReplay(meter: string, { accessNumber, print, message, atMs }: OpenedSaying): boolean {
    const known = this.#meters.get(meter);
    if (known === undefined || atMs < known.lastMs) return false;
    if (known.prints[accessNumber] !== print) return false;
    if (atMs - known.atS[accessNumber]! * 1_000 > this.#limits.rememberedMs) return false;
    return goesBack(progressOf(message), known.last);
  }

  /** Remembers one that was taken. */
  taken(meter: string, { accessNumber, print, message, atMs }: OpenedSaying): void {
    const known = this.#meters.get(meter) ?? newlyKnown();
    remember(this.#meters, meter, known, this.#limits.meters);
    known.prints[accessNumber] = print;
    known.atS[accessNumber] = Math.floor(atMs / 1_000);
    if (atMs < known.lastMs) return;
    known.last = progressOf(message);
    known.lastMs = atMs;
  }
}

function newlyKnown(): Remembered {
  return {
    ...{ prints: new Uint32Array(ACCESS_NUMBERS), atS: new Uint32Array(ACCESS_NUMBERS) },
    ...{ last: { sentMs: 0, registers: new Map() }, lastMs: Number.NEGATIVE_INFINITY },
  };
}

function goesBack(said: Progress, last: Progress): boolean {
  if (said.sentMs > 0 && said.sentMs < last.sentMs) return true;
  for (const [name, value] of said.registers) if (value < (last.registers.get(name) ?? value)) return true;
  return false;
}

/** Of each register the newest value. */
function progressOf({ sentMs, series }: PushMessage): Progress {
  const registers = new Map<string, number>();
  for (const { quantity, unit, intervalS, end, value, length } of series) {
    if (intervalS !== 0 || length === 0 || !isRegister(quantity)) continue;
    let newest = 0;
    for (let i = 1; i < length; i++) if (end[i]! > end[newest]!) newest = i;
    registers.set(`${quantity} ${unit}`, value[newest]!);
  }
  return { sentMs, registers };
}

const known = new Map<string, boolean>();
const mostKnown = 1_000;

/** Whether what is measured only grows. */
function isRegister(quantity: string): boolean {
  const before = known.get(quantity);
  if (before !== undefined) return before;
  const is = accumulationOf(quantity) === Accumulation.bulkQuantity;
  remember(known, quantity, is, mostKnown);
  return is;
}

function accumulationOf(quantity: string): number | undefined {
  const obis = findObis(quantity);
  if (obis !== undefined) return readingTypeOfObis(obis)?.accumulation;
  // of a name of its own nothing is known
  return isReadingType(quantity) ? parseReadingType(quantity).accumulation : undefined;
}

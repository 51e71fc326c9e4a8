/**
 * From gaps to estimates: a draft of each gap (draft.ts), brought to the registers (scale.ts), rounded to
 * whole counts, with its 90 % interval (uncertainty.ts).
 */
import { groupBy, Quality, Reason } from '@openami/model';
import { isSigned } from '../facts.ts';
import type { Series } from '../series.ts';
import type { Estimate, EstimateContext, Gap, LadderOptions } from './contract.ts';
import { dayShares } from './day-shares.ts';
import { dayTable, meanOf } from './day-table.ts';
import { type Draft, draft } from './draft.ts';
import { isOpen } from './gap.ts';
import { type GapSource, GapView } from './gap-view.ts';
import { findReference, Reference } from './reference.ts';
import { type RegisterSpan, registerSpans } from './register-span.ts';
import { type Part, roundTo, scaleTo, sumOf } from './scale.ts';
import {
  type ErrorTable,
  energyRange,
  errorsOfKnownEnergy,
  errorTable,
  slotRange,
  usualError,
} from './uncertainty.ts';
import { weatherModel } from './weather-model.ts';
import { wholeGaps } from './whole-gaps.ts';

/** Where the slots of a draft stand with the registers. */
const Bound = { free: 0, scaled: 1, conflict: 2 } as const;

interface Work {
  readonly draft: Draft;
  readonly errors: ErrorTable | undefined;
  /** Per slot: Bound. */
  readonly bound: Uint8Array;
  /** Per slot: counts a register of coarser steps leaves open. */
  readonly slack: Float64Array;
}

interface OpenSlot {
  readonly work: Work;
  /** Place in the series, and in the draft. */
  readonly slot: number;
  readonly k: number;
}

/**
 * Estimates of the gaps, in their order. A gap nothing can be said of has none; nor has a gap ahead of the
 * last actual, unless a register bounds it or `allowAhead` is set. A gap that registers cut into parts with
 * and without a known energy comes as one estimate a part. Gaps are looked at whole (whole-gaps.ts), also
 * where only a part of one is asked for.
 */
export function estimateGaps(
  context: EstimateContext,
  gaps: readonly Gap[],
  options: LadderOptions = {},
): Estimate[] {
  if (gaps.length === 0) return [];
  const table = dayTable(context);
  const source = { context, table, weather: weatherModel(context, table) };
  const view = new GapView(source);
  const works: Work[] = [];
  for (const gap of wholeGaps(context, gaps, options)) {
    const made = draft(view, gap, options);
    if (!made) continue;
    works.push({
      draft: made,
      errors: made.blend && errorTable(made.blend),
      bound: new Uint8Array(made.value.length),
      slack: new Float64Array(made.value.length),
    });
  }
  if (options.useRegisters !== false) bindToRegisters(source, works);
  return gaps.flatMap((asked) => works.flatMap((work) => finish(view, work, options, asked)));
}

/** Time-of-use registers first: they know more than the total. */
function bindToRegisters(source: GapSource, works: readonly Work[]): void {
  if (works.length === 0) return;
  const { context } = source;
  const from = works[0]!.draft.gap.from;
  const to = works.at(-1)!.draft.gap.to;
  for (const { track, slots } of context.buckets ?? []) {
    for (const span of registerSpans(context, track, from, to, slots)) bind(source, works, span, slots);
  }
  if (!context.register) return;
  for (const span of registerSpans(context, context.register, from, to)) bind(source, works, span);
}

function bind(
  { context, table }: GapSource,
  works: readonly Work[],
  span: RegisterSpan,
  member?: Uint8Array,
): void {
  const within = openSlots(works, span, member);
  if (within.length === 0 || within.length !== openCount(context.series, span, member)) return;
  let known = 0;
  const free: OpenSlot[] = [];
  for (const slot of within) {
    // no register makes anything of zeros, be they of an outage or a person's choice
    if (slot.work.draft.method.id === 'zero' || slot.work.bound[slot.k] !== Bound.free)
      known += slot.work.draft.value[slot.k]!;
    else free.push(slot);
  }
  if (free.length === 0) return;
  const energy = span.energy - known;
  const signed = isSigned(context.facts);
  if (!signed && energy < -span.slack - 0.5) {
    for (const { work, k } of free) work.bound[k] = Bound.conflict;
    return;
  }
  const least = signed ? energy - span.slack : Math.max(0, energy - span.slack);
  const range = { least, most: Math.max(least, energy + span.slack), signed };
  let [exact, whole] = [0, 0];
  for (const { slots, ...own } of dayShares(context.clock, table, free, range)) {
    const parts = partsOf(slots, signed);
    const drafted = sumOf(parts);
    const target = Math.min(Math.max(drafted, own.least), Math.max(own.least, own.most));
    if (target !== drafted) scaleTo(parts, target);
    exact += target;
    const counts = Math.round(exact) - whole;
    whole += counts;
    roundTo(parts, counts);
  }
  for (const { work, k } of free) {
    work.bound[k] = Bound.scaled;
    work.slack[k] = span.slack / free.length;
  }
}

function openSlots(works: readonly Work[], span: RegisterSpan, member: Uint8Array | undefined): OpenSlot[] {
  const slots: OpenSlot[] = [];
  for (const work of works) {
    const { from, to } = work.draft.gap;
    for (let i = Math.max(from, span.from); i < Math.min(to, span.to); i++) {
      if (!member || member[i] === 1) slots.push({ work, slot: i, k: i - from });
    }
  }
  return slots;
}

function openCount(series: Series, span: RegisterSpan, member: Uint8Array | undefined): number {
  let count = 0;
  for (let i = span.from; i < span.to; i++) {
    if ((!member || member[i] === 1) && isOpen(series.quality[i]!)) count++;
  }
  return count;
}

function partsOf(free: readonly OpenSlot[], signed: boolean): Part[] {
  return [...groupBy(free, ({ work }) => work)].map(([work, slots]) => ({
    value: work.draft.value,
    slots: Int32Array.from(slots, ({ k }) => k),
    errors: work.errors,
    signed,
  }));
}

/** Cuts what was asked for out of a draft, and where its standing with the registers changes. */
function finish(view: GapView, work: Work, options: LadderOptions, asked: Gap): Estimate[] {
  const { gap } = work.draft;
  const end = Math.min(gap.to, asked.to) - gap.from;
  const estimates: Estimate[] = [];
  for (let from = Math.max(0, asked.from - gap.from); from < end; ) {
    let to = from + 1;
    while (to < end && work.bound[to] === work.bound[from]) to++;
    const scaled = work.bound[from] === Bound.scaled;
    const unsupported = gap.ahead && !gap.dead && !scaled && work.draft.method.id !== 'check-meter';
    if (!unsupported || options.allowAhead === true || options.only !== undefined) {
      estimates.push(estimateOf(view, work, from, to, unsupported));
    }
    from = to;
  }
  return estimates;
}

function estimateOf(view: GapView, work: Work, from: number, to: number, projected: boolean): Estimate {
  const { draft: made } = work;
  const scaled = work.bound[from] === Bound.scaled;
  const signed = view.signed;
  const value = made.value.slice(from, to);
  if (!scaled) {
    for (let k = 0; k < value.length; k++) value[k] = Math.round(signed ? value[k]! : Math.max(0, value[k]!));
  }
  const [lower, upper] = bounds(view, work, value, from);
  const counts = sumOfAll(value);
  const slack = scaled ? sumOfAll(work.slack.subarray(from, to)) : 0;
  const mixed = made.shares.length > 1;
  return {
    gap: { ...made.gap, from: made.gap.from + from, to: made.gap.from + to },
    method: mixed ? 'blend' : made.method.id,
    shares: mixed ? made.shares : [],
    value,
    lower,
    upper,
    energy:
      scaled || isExact(made)
        ? { counts, lower: Math.max(0, counts - Math.floor(slack)), upper: counts + Math.floor(slack) }
        : !made.blend
          ? { counts, lower: sumOfAll(lower), upper: sumOfAll(upper) }
          : energyRange(made.blend, counts, value.length, view.source.table.perDay, signed),
    quality: qualityOf(made, projected),
    flags: (reasonsOf(made) | (scaled ? Reason.registerScaled : 0)) >>> 0,
    days: daysOf(view, made),
    registerScaled: scaled,
    registerConflict: work.bound[from] === Bound.conflict,
  };
}

/** Zeros that a person chose are no outage. */
function reasonsOf({ gap, method }: Draft): number {
  return method.id === 'zero' && !gap.dead ? 0 : method.reasons;
}

function qualityOf(made: Draft, projected: boolean): number {
  if (projected) return Quality.projected;
  return made.method.id === 'check-meter' ? Quality.derived : Quality.estimated;
}

function sumOfAll(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0);
}

/** 90 % interval of every slot, as whole counts that hold the value. */
function bounds(view: GapView, work: Work, value: Float64Array, from: number): [Float64Array, Float64Array] {
  const { blend: mixture } = work.draft;
  if (isExact(work.draft)) return [value.slice(), value.slice()];
  if (!mixture || !work.errors) return usualBounds(view, work.draft.gap, value);
  const { series } = view.source.context;
  const scaled = work.bound[from] === Bound.scaled;
  const errors = scaled
    ? errorTable({ ...mixture, errors: errorsOfKnownEnergy(mixture, (i) => series.value[i]!) })
    : work.errors;
  const range = slotRange(errors, mixture, view.source.table.perDay);
  const lower = new Float64Array(value.length);
  const upper = new Float64Array(value.length);
  for (let k = 0; k < value.length; k++) {
    const v = value[k]!;
    const [low, high] = range(from + k);
    lower[k] = Math.min(v, Math.ceil(view.signed ? v + low : Math.max(0, v + low)));
    upper[k] = Math.max(v, Math.floor(v + high));
  }
  return [lower, upper];
}

/** True for what is not estimated: no supply, a person's zeros, what a check meter measured. */
function isExact({ method }: Draft): boolean {
  return method.id === 'zero' || method.id === 'check-meter';
}

/** Bounds where the channel has no trials of its own. */
function usualBounds(view: GapView, gap: Gap, value: Float64Array): [Float64Array, Float64Array] {
  const mean = meanOf(view.source.table);
  const hours = (gap.to - gap.from) * view.slotHours;
  const off = value.map((v) => usualError(v, mean, hours));
  const lower = value.map((v, k) => (view.signed ? v - off[k]! : Math.max(0, v - off[k]!)));
  return [lower, value.map((v, k) => v + off[k]!)];
}

/** Local day numbers a draft was taken from, the nearest first: those of its first slot. */
function daysOf(view: GapView, made: Draft): number[] {
  const { table, context } = view.source;
  const { gap, method } = made;
  if (gap.dead || ['check-meter', 'linear', 'flat', 'class-profile'].includes(method.id)) return [];
  const day = context.clock.day[gap.from]! - table.firstDay;
  const found = new Reference();
  findReference(table, day, context.clock.clock[gap.from]!, gap.from, gap.to, found);
  return Array.from(found.day.subarray(0, found.count))
    .sort((a, b) => Math.abs(a - day) - Math.abs(b - day) || a - b)
    .map((d) => d + table.firstDay);
}

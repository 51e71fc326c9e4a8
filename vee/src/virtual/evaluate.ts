/**
 * Works a formula out, slot by slot.
 *
 * Amounts are carried in thousandths of their base unit, where sums and differences of counts are exact. A
 * slot in which an input is lacking is lacking itself; how many inputs were expected, had a value and were
 * estimated is told beside it. What is made of measured values alone is `derived`; one estimate among them
 * makes an estimate of it.
 */
import { convert, findUnit, type Period, Quality, Reason } from '@openami/model';
import { veeErrors } from '../errors.ts';
import { emptySeries, hasValue, type Series } from '../series.ts';
import type { Formula } from './formula.ts';
import { fits, type Grid, resample, worse } from './resample.ts';

export interface VirtualInput {
  readonly series: Series;
  /** Thousandths of the base unit in a count. */
  readonly resolution: number;
  /** `Wh`, `L`, `V` … */
  readonly baseUnit: string;
  /** A mean or sample: averaged over longer slots, not added up. */
  readonly level: boolean;
}

export interface VirtualMember extends Period {
  readonly channel: number;
}

export interface VirtualSources {
  readonly input: (channel: number) => VirtualInput | undefined;
  /** Members of a group, each for a time [from, to) in UTC seconds; undefined when there is no such group. */
  readonly group: (code: string) => readonly VirtualMember[] | undefined;
}

export interface VirtualResult {
  /** Counts of the resolution asked for. */
  readonly series: Series;
  readonly expected: Uint16Array;
  readonly present: Uint16Array;
  readonly estimated: Uint16Array;
}

/** Where the result goes: its unit and resolution. */
export interface VirtualTarget {
  readonly baseUnit: string;
  readonly resolution: number;
}

/**
 * A formula over a window. Raises VEE_FORMULA for units that do not go together and inputs that are not
 * there.
 */
export function evaluate(
  formula: Formula,
  grid: Grid,
  sources: VirtualSources,
  target: VirtualTarget,
): VirtualResult {
  const evaluation = new Evaluation(grid, sources);
  const column = evaluation.of(formula);
  if (!column.neutral && column.unit !== target.baseUnit) {
    throw veeErrors.VEE_FORMULA(
      `the result is in ${unitName(column.unit)}, the channel in ${unitName(target.baseUnit)}`,
    );
  }
  return evaluation.finish(column, target);
}

interface Column {
  readonly value: Float64Array;
  /** Base unit; empty for a plain number. */
  readonly unit: string;
  /** A number that is the same in every slot. */
  readonly constant: boolean;
  /** Nothing, or a plain zero: it goes with any unit. */
  readonly neutral: boolean;
}

function unitName(unit: string): string {
  return unit === '' ? 'plain numbers' : unit;
}

class Evaluation {
  readonly #grid: Grid;
  readonly #sources: VirtualSources;
  readonly #quality: Uint8Array;
  readonly #flags: Uint32Array;
  readonly #expected: Uint16Array;
  readonly #present: Uint16Array;
  readonly #estimated: Uint16Array;

  constructor(grid: Grid, sources: VirtualSources) {
    this.#grid = grid;
    this.#sources = sources;
    this.#quality = new Uint8Array(grid.slots).fill(Quality.valid);
    this.#flags = new Uint32Array(grid.slots);
    this.#expected = new Uint16Array(grid.slots);
    this.#present = new Uint16Array(grid.slots);
    this.#estimated = new Uint16Array(grid.slots);
  }

  of(formula: Formula): Column {
    switch (formula.kind) {
      case 'number':
        return this.#number(formula.value, formula.unit);
      case 'channel':
        return this.#channel(formula.channel, undefined);
      case 'negate':
        return this.#map(this.of(formula.of), (x) => -x);
      case 'binary':
        return this.#binary(formula.op, this.of(formula.left), this.of(formula.right));
      case 'call':
        return this.#call(formula.name, formula.args);
      case 'group':
        throw veeErrors.VEE_FORMULA(`group ${formula.code} stands alone; write sum(${formula.code})`);
    }
  }

  finish({ value }: Column, { resolution }: VirtualTarget): VirtualResult {
    const { startS, intervalS, slots } = this.#grid;
    const series = emptySeries(startS, intervalS, slots);
    for (let i = 0; i < slots; i++) {
      const counts = Math.round(value[i]! / resolution);
      const lacking = this.#present[i]! < this.#expected[i]! || !hasValue(this.#quality[i]!);
      if (lacking || !Number.isSafeInteger(counts)) {
        series.quality[i] = Quality.missing;
        series.flags[i] = lacking ? 0 : Reason.outOfRange;
        continue;
      }
      series.value[i] = counts;
      series.quality[i] = made(this.#quality[i]!);
      series.flags[i] = this.#flags[i]!;
    }
    return { series, expected: this.#expected, present: this.#present, estimated: this.#estimated };
  }

  #column(unit: string, constant = false): Column & { value: Float64Array } {
    return { value: new Float64Array(this.#grid.slots), unit, constant, neutral: false };
  }

  #number(value: number, unit: string): Column {
    const base = unit === '' ? '' : findUnit(unit)!.base;
    const column = this.#column(base, true);
    column.value.fill(unit === '' ? value : convert(value, unit, base) * 1_000);
    return { ...column, neutral: unit === '' && value === 0 };
  }

  /** Values of a channel; `during` limits the slots that need it. */
  #channel(channel: number, during: Period | undefined): Column {
    const input = this.#sources.input(channel);
    if (input === undefined) throw veeErrors.VEE_FORMULA(`there is no channel #${channel}`);
    if (!fits(this.#grid, input.series)) {
      const minutes = input.series.intervalS / 60;
      throw veeErrors.VEE_FORMULA(
        `#${channel} has intervals of ${minutes} minutes, which do not make up those of the result`,
      );
    }
    const { value, quality, flags } = resample(input.series, this.#grid, input.level);
    const column = this.#column(input.baseUnit);
    const { startS, intervalS, slots } = this.#grid;
    for (let i = 0; i < slots; i++) {
      const fromS = startS + i * intervalS;
      if (during !== undefined && (fromS < during.from || fromS + intervalS > during.to)) continue;
      const state = quality[i]!;
      this.#expected[i]!++;
      this.#quality[i] = worse(this.#quality[i]!, state);
      if (!hasValue(state)) continue;
      this.#present[i]!++;
      this.#flags[i] = this.#flags[i]! | flags[i]!;
      if (state === Quality.estimated || state === Quality.projected) this.#estimated[i]!++;
      column.value[i] = value[i]! * input.resolution;
    }
    return column;
  }

  #map(column: Column, f: (x: number) => number): Column {
    return { ...column, value: column.value.map(f) };
  }

  #zip(a: Column, b: Column, unit: string, f: (x: number, y: number) => number): Column {
    const { value } = b;
    return {
      value: a.value.map((x, i) => f(x, value[i]!)),
      unit,
      constant: a.constant && b.constant,
      neutral: a.neutral && b.neutral,
    };
  }

  #binary(op: '+' | '-' | '*' | '/', a: Column, b: Column): Column {
    if (op === '+' || op === '-') {
      const unit = this.#common([a, b]);
      return this.#zip(a, b, unit, op === '+' ? (x, y) => x + y : (x, y) => x - y);
    }
    if (op === '*') {
      if (a.unit !== '' && b.unit !== '')
        throw veeErrors.VEE_FORMULA(`${a.unit} times ${b.unit} is nothing that is metered`);
      return this.#zip(a, b, a.unit || b.unit, (x, y) => x * y);
    }
    if (b.unit !== '' && a.unit !== b.unit)
      throw veeErrors.VEE_FORMULA(`${unitName(a.unit)} divided by ${b.unit} is nothing that is metered`);
    return this.#zip(a, b, b.unit === '' ? a.unit : '', (x, y) => x / y);
  }

  /** The unit all share. A plain zero goes with any. */
  #common(columns: readonly Column[]): string {
    const units = new Set(columns.filter(({ neutral }) => !neutral).map(({ unit }) => unit));
    if (units.size > 1)
      throw veeErrors.VEE_FORMULA(`${[...units].map(unitName).join(' and ')} do not go together`);
    return [...units][0] ?? '';
  }

  #call(name: string, args: readonly Formula[]): Column {
    if (name === 'net') return this.#binary('-', this.of(args[0]!), this.of(args[1]!));
    if (name === 'positive') return this.#map(this.of(args[0]!), (x) => Math.max(0, x));
    if (name === 'losses') return this.#losses(this.of(args[0]!), this.of(args[1]!));
    if (name === 'convert') return this.#convert(this.of(args[0]!), args[1]!);
    return this.#aggregate(name, args);
  }

  #losses(x: Column, percent: Column): Column {
    const { constant, unit, value } = percent;
    const share = value[0] ?? 0;
    if (!constant || unit !== '' || share < 0 || share >= 100)
      throw veeErrors.VEE_FORMULA('losses(x, percent) takes a number from 0 to below 100');
    return this.#map(x, (each) => each / (1 - share / 100));
  }

  #convert(x: Column, per: Formula): Column {
    if (per.kind !== 'number' || per.unit === '')
      throw veeErrors.VEE_FORMULA('convert(x, factor) takes a number with a unit, such as 10.55 Wh');
    const base = findUnit(per.unit)!.base;
    const factor = convert(per.value, per.unit, base);
    return { ...x, unit: base, value: x.value.map((each) => each * factor) };
  }

  #aggregate(name: string, args: readonly Formula[]): Column {
    const { startS, intervalS, slots } = this.#grid;
    const columns: Column[] = [];
    const counted: (Period | undefined)[] = [];
    for (const arg of args) {
      if (arg.kind !== 'group') {
        columns.push(this.of(arg));
        counted.push(undefined);
        continue;
      }
      const members = this.#sources.group(arg.code);
      if (members === undefined) throw veeErrors.VEE_FORMULA(`there is no group '${arg.code}'`);
      for (const member of members) {
        columns.push(this.#channel(member.channel, member));
        counted.push(member);
      }
    }
    const result = this.#column(this.#common(columns));
    for (let i = 0; i < slots; i++) {
      const fromS = startS + i * intervalS;
      let n = 0;
      let total = 0;
      for (const [k, { value }] of columns.entries()) {
        const during = counted[k];
        if (during !== undefined && (fromS < during.from || fromS + intervalS > during.to)) continue;
        const x = value[i]!;
        total =
          n === 0 ? x : name === 'max' ? Math.max(total, x) : name === 'min' ? Math.min(total, x) : total + x;
        n++;
      }
      // The sum of nothing is zero; the largest of nothing is not.
      result.value[i] = n === 0 && name !== 'sum' ? Number.NaN : name === 'mean' ? total / n : total;
    }
    return columns.length === 0 ? { ...result, neutral: true } : result;
  }
}

/** Quality of what is made of inputs whose worst is this. */
function made(worst: number): number {
  if (worst === Quality.questionable || worst === Quality.estimated || worst === Quality.projected)
    return worst;
  return Quality.derived;
}

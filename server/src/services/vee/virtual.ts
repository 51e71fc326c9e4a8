/** Virtual channels: worked out of others, stored like any other's readings, as derived. */
import {
  type AccessContext,
  type Commodity,
  findUnit,
  OpenAmiError,
  parseUnit,
  ReadingBatch,
  systemAccess,
  zoneTable,
} from '@openami/model';
import type { ChannelGroup, ReadingStore, RegistryStore, VirtualChannel } from '@openami/store';
import {
  dependents,
  endOf,
  evaluate,
  type Formula,
  type Grid,
  inputsOf,
  parseFormula,
  type VirtualInput,
  type VirtualMember,
  type VirtualResult,
  virtualOrder,
} from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import type { ChannelBook } from './channel-book.ts';
import { Grids, spanOf, Windows } from './day-windows.ts';

export interface VirtualOptions {
  readonly registry: Pick<RegistryStore, 'virtualChannels' | 'meters' | 'channels'>;
  readonly store: Pick<ReadingStore, 'readings' | 'writer'>;
  readonly book: ChannelBook;
  /** Zone of days of virtual channels. */
  readonly zone: string;
  /** The registry changed: what is known of its channels is read again. */
  readonly refresh: () => Promise<void>;
  /** Channels that take from others where they have nothing: part of the same order. */
  readonly checks: () => Iterable<[channel: number, inputs: readonly number[]]>;
}

export interface NewVirtualChannel {
  readonly name: string;
  readonly commodity: Commodity;
  readonly unit: string;
  readonly intervalS: number;
  readonly resolution?: number;
  readonly formula: string;
}

/** Of channels that use one, in an error. */
const mostNamed = 10;

interface Known {
  readonly formula: Formula;
  /** Channels of it, those of its groups included. */
  readonly inputs: readonly number[];
}

export class VirtualService {
  readonly #options: VirtualOptions;
  readonly #grids = new Grids();
  #groups: ReadonlyMap<string, ChannelGroup> = new Map();
  #known = new Map<number, Known>();
  #order: readonly number[] = [];

  constructor(options: VirtualOptions) {
    this.#options = options;
  }

  /** Reads formulas and groups. */
  async load(): Promise<void> {
    const { virtualChannels } = this.#options.registry;
    const [channels, groups] = await Promise.all([
      virtualChannels.list(systemAccess),
      virtualChannels.groups(systemAccess),
    ]);
    this.#groups = new Map(groups.map((group) => [group.code, group]));
    this.#known = new Map(channels.map(({ channelId, formula }) => [channelId, this.#read(formula)]));
    this.#order = virtualOrder(this.#inputs());
  }

  /** Channels that are made of these or take from them, in the order in which they are worked out. */
  dependents(channels: Iterable<number>): number[] {
    return this.#order.length === 0 ? [] : dependents(this.#order, this.#inputs(), channels);
  }

  /**
   * Works a local day of virtual channels out, in the order given; rows that did not change are not
   * written.
   */
  async compute(channels: readonly number[], day: number): Promise<number> {
    const { store, book } = this.#options;
    let changed = 0;
    for (const id of channels) {
      await book.load([id]);
      const booked = book.get(id);
      const known = this.#known.get(id);
      if (booked === undefined || known === undefined) continue;
      const { resolution, intervalS, baseUnit = '' } = booked.facts;
      const clock = this.#grids.of(zoneTable(this.#options.zone), intervalS, day, day + 1);
      const before = new Windows(await store.readings.profile(systemAccess, id, spanOf(clock)));
      const result = await this.#evaluate(known, clock, { baseUnit, resolution }).catch(unlessFormula);
      // What it is made of is not there any more: the preview says what is wrong.
      if (result === undefined) continue;
      const readings = new ReadingBatch(clock.slots);
      const basis = new Uint32Array(clock.slots);
      const { value, quality, flags } = result.series;
      for (let slot = 0; slot < clock.slots; slot++) {
        const end = endOf(clock, slot);
        readings.push(id, end, value[slot]!, resolution, quality[slot]!, flags[slot]!);
        basis[slot] = before.revisionAt(id, end);
      }
      const outcome = await store.writer.commit({ readings, basis });
      changed += outcome.stored;
    }
    return changed;
  }

  /** What a formula makes of the local days [fromDay, toDay). Raises VEE_FORMULA. */
  async preview(
    formula: string,
    target: { readonly unit: string; readonly intervalS: number },
    fromDay: number,
    toDay: number,
  ): Promise<VirtualResult & { readonly inputs: ReturnType<typeof inputsOf> }> {
    const known = this.#read(formula);
    const clock = this.#grids.of(zoneTable(this.#options.zone), target.intervalS, fromDay, toDay);
    const { base } = parseUnit(target.unit);
    const result = await this.#evaluate(known, clock, { baseUnit: base, resolution: 1 });
    return { ...result, inputs: inputsOf(known.formula) };
  }

  /** A channel of a meter of its own, which nobody reads. Raises VEE_FORMULA, VEE_FORMULA_CYCLE. */
  async create(ctx: AccessContext, input: NewVirtualChannel): Promise<VirtualChannel> {
    const { registry } = this.#options;
    this.refuseRing(0, this.#read(input.formula).inputs);
    const { base } = parseUnit(input.unit);
    const meter = await registry.meters.create(ctx, {
      ...{ serial: `virtual:${input.name}`, commodity: input.commodity, protocol: 'virtual' },
      state: 'active',
    });
    const channel = await registry.channels.create(ctx, {
      ...{ meterId: meter.id, alias: input.name, unit: input.unit, intervalS: input.intervalS },
      resolution: input.resolution ?? (base === findUnit(input.unit)?.symbol ? 1 : 1_000),
    });
    const made = await registry.virtualChannels.put(ctx, channel.id, input.formula, 0);
    await this.#changed();
    return made;
  }

  /** Another formula. Raises VEE_FORMULA, VEE_FORMULA_CYCLE, VERSION_CONFLICT. */
  async change(
    ctx: AccessContext,
    channelId: number,
    formula: string,
    ifVersion?: number,
  ): Promise<VirtualChannel> {
    this.refuseRing(channelId, this.#read(formula).inputs);
    const made = await this.#options.registry.virtualChannels.put(ctx, channelId, formula, ifVersion);
    await this.#changed();
    return made;
  }

  /** Raises VEE_IN_USE. */
  async remove(ctx: AccessContext, channelId: number): Promise<void> {
    const inputs = this.#inputs();
    this.#refuseUsed([...inputs.keys()].filter((id) => inputs.get(id)!.includes(channelId)));
    await this.#options.registry.virtualChannels.remove(ctx, channelId);
    await this.#changed();
  }

  async #changed(): Promise<void> {
    await this.#options.refresh();
    await this.load();
  }

  /** Refuses what would be made of itself. Raises VEE_FORMULA_CYCLE. */
  refuseRing(channelId: number, made: readonly number[]): void {
    const inputs = this.#inputs();
    inputs.set(channelId, made);
    virtualOrder(inputs);
  }

  /** Made or replaced with all its members. Raises VEE_FORMULA_CYCLE, VERSION_CONFLICT. */
  async putGroup(
    ctx: AccessContext,
    group: Pick<ChannelGroup, 'code' | 'name' | 'members'>,
    ifVersion?: number,
  ): Promise<ChannelGroup> {
    const groups = new Map(this.#groups).set(group.code, { ...group, version: 0 });
    const inputs = this.#inputs();
    for (const [id, { formula }] of this.#known) inputs.set(id, inputsIn(formula, groups));
    virtualOrder(inputs);
    const made = await this.#options.registry.virtualChannels.putGroup(ctx, group, ifVersion);
    await this.load();
    return made;
  }

  /** Forgets a group. Raises VEE_IN_USE. */
  async removeGroup(ctx: AccessContext, code: string): Promise<void> {
    const uses = [...this.#known].filter(([, { formula }]) => inputsOf(formula).groups.includes(code));
    this.#refuseUsed(uses.map(([id]) => id));
    await this.#options.registry.virtualChannels.removeGroup(ctx, code);
    await this.load();
  }

  #refuseUsed(users: readonly number[]): void {
    if (users.length === 0) return;
    const more = users.length > mostNamed ? ` and ${users.length - mostNamed} more` : '';
    throw serverErrors.VEE_IN_USE(`channel ${users.slice(0, mostNamed).join(', ')}${more}`);
  }

  #inputs(): Map<number, readonly number[]> {
    const inputs = new Map(this.#options.checks());
    for (const [id, known] of this.#known) inputs.set(id, known.inputs);
    return inputs;
  }

  #read(text: string): Known {
    const formula = parseFormula(text);
    return { formula, inputs: inputsIn(formula, this.#groups) };
  }

  async #evaluate(
    { formula, inputs }: Known,
    grid: Grid,
    target: { readonly baseUnit: string; readonly resolution: number },
  ): Promise<VirtualResult> {
    const { book, store } = this.#options;
    await book.load(inputs);
    const span = spanOf(grid);
    const windows = new Windows(await store.readings.profiles(systemAccess, inputs, span));
    const input = (id: number): VirtualInput | undefined => {
      const facts = book.get(id)?.facts;
      if (facts === undefined || facts.intervalS === 0) return undefined;
      const { intervalS, resolution, baseUnit = '', kind } = facts;
      const slots = Math.round((span.toS - span.fromS) / intervalS);
      const clock = this.#grids.at(facts.zone, grid.startS, intervalS, slots);
      const { series } = windows.placed(id, clock);
      return { series, resolution, baseUnit, level: kind === 'level' };
    };
    const group = (code: string): VirtualMember[] | undefined =>
      this.#groups.get(code)?.members.map(({ channelId, validFrom, validUntil }) => ({
        channel: channelId,
        from: validFrom.getTime() / 1_000,
        to: validUntil === null ? Number.POSITIVE_INFINITY : validUntil.getTime() / 1_000,
      }));
    return evaluate(formula, grid, { input, group }, target);
  }
}

/** Channels of a formula, those of its groups included. */
function inputsIn(formula: Formula, groups: ReadonlyMap<string, ChannelGroup>): number[] {
  const { channels, groups: codes } = inputsOf(formula);
  const members = codes.flatMap((code) => groups.get(code)?.members ?? []);
  return [...new Set([...channels, ...members.map(({ channelId }) => channelId)])];
}

/** One formula that cannot be worked out holds up no other. */
function unlessFormula(error: unknown): undefined {
  if (error instanceof OpenAmiError && error.code === 'VEE_FORMULA') return undefined;
  throw error;
}

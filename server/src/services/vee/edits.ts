/**
 * Edits of readings by people: previewed, with a reason, let through by a second person where they weigh
 * much, undone exactly.
 *
 *   preview ─▶ request ─▶ [pending ─▶ approved] ─▶ applying ─▶ readings ─▶ applied     undo: another edit
 *
 * Edits of a channel take turns. One is let through only while the values stand that it was made for; from
 * then on it is written whole: what comes in that very moment goes under it. The record is stored before the
 * readings, and an edit found `applying` at a start is finished: writing it twice changes nothing.
 */
import { type AccessContext, type Clock, Quality, ReadingBatch, systemAccess } from '@openami/model';
import type { EditRow, ReadingStore, RegistryStore, VeeEdit } from '@openami/store';
import { hasValue } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import type { BookedChannel, ChannelBook } from './channel-book.ts';
import {
  byEnd,
  type EditRequest,
  editedRow,
  emptied,
  requireFits,
  requireLived,
  requireStanding,
  sameRow,
  stateOf,
  sumOf,
} from './edit-rows.ts';
import { type EditLimits, weighsMuch } from './edit-weight.ts';
import { Turns } from './turns.ts';

export interface EditPreview {
  readonly before: readonly EditRow[];
  readonly after: readonly EditRow[];
  /** Thousandths of the base unit. */
  readonly change: number;
  /** Newest revision the preview is based on. */
  readonly basis: number;
  readonly needsApproval: boolean;
  readonly method: string;
}

/** New versions of rows by a method: the part that estimation does. */
export type Reestimate = (
  channel: BookedChannel,
  request: EditRequest,
) => Promise<{
  readonly rows: readonly EditRow[];
  readonly method: string;
  /** Bounds of the 90 % interval by end. */
  readonly lower?: ReadonlyMap<number, number>;
  readonly upper?: ReadonlyMap<number, number>;
}>;

export interface EditServiceOptions {
  readonly registry: Pick<RegistryStore, 'edits' | 'exceptions'>;
  readonly store: Pick<ReadingStore, 'readings' | 'days' | 'writer'>;
  readonly book: ChannelBook;
  readonly clock: Clock;
  readonly limits: EditLimits;
  readonly reestimate: Reestimate;
  /** Days of these readings have to be judged again. */
  readonly settle: (channelId: number, ends: readonly number[]) => void;
}

/** Method of an acceptance that takes back what was measured where an estimate stands. */
const asMeasured = 'measured';

export class EditService {
  readonly #options: EditServiceOptions;
  /** By channel: each edit is shown what the one before it made. */
  readonly #turns = new Turns();

  constructor(options: EditServiceOptions) {
    this.#options = options;
  }

  /** What an edit would do. Raises VEE_EDIT_INVALID. */
  async preview(ctx: AccessContext, person: string, request: EditRequest): Promise<EditPreview> {
    const channel = await this.#channel(request.channelId);
    const { firstEnd, lastEnd } = request;
    requireLived(channel, firstEnd, lastEnd, this.#options.clock.nowMs() / 1_000);
    const { rows: before, basis } = await this.#rows(channel, firstEnd, lastEnd);
    const { rows: made, method } = await this.#after(channel, request, before);
    const standing = byEnd(before);
    const after = made.filter((row) => !sameRow(row, standing.get(row.end)));
    if (after.length === 0) throw serverErrors.VEE_EDIT_INVALID('nothing would change', { nothing: true });
    const ends = new Set(after.map(({ end }) => end));
    const touched = before.filter(({ end }) => ends.has(end));
    const change = sumOf(after) - sumOf(touched);
    const rows = { before: touched, after };
    const needsApproval = await weighsMuch(this.#options, ctx, { person, channel }, rows);
    return { before: touched, after, change, basis, needsApproval, method };
  }

  /**
   * Does it, or hands it to a second person. `basis`: that of the preview the person saw. Raises
   * VEE_EDIT_INVALID, VEE_CHANGED.
   */
  async request(
    ctx: AccessContext,
    person: string,
    request: EditRequest,
    given: {
      readonly key: string;
      readonly reason: string;
      readonly basis?: number;
      readonly exceptionIds?: readonly number[];
    },
  ): Promise<VeeEdit> {
    return this.#turns.run(request.channelId, () => this.#request(ctx, person, request, given));
  }

  async #request(
    ctx: AccessContext,
    person: string,
    request: EditRequest,
    given: Parameters<EditService['request']>[3],
  ): Promise<VeeEdit> {
    const done = await this.#repeat(ctx, given.key);
    if (done !== undefined) return done;
    await this.#requireOpen(ctx, request.channelId, given.exceptionIds ?? []);
    const preview = await this.preview(ctx, person, request);
    const { basis = preview.basis } = given;
    await this.#requireUnchanged(request.channelId, preview.after, basis);
    const { edit, created } = await this.#options.registry.edits.create(ctx, {
      ...{ key: given.key, reason: given.reason, requestedPerson: person },
      ...{ channelId: request.channelId, action: request.action, method: preview.method },
      ...{ before: preview.before, after: preview.after, change: preview.change },
      state: preview.needsApproval ? 'pending' : 'applying',
    });
    if (created && given.exceptionIds !== undefined && given.exceptionIds.length > 0) {
      const state = stateOf(request.action);
      await this.#options.registry.exceptions.decide(ctx, given.exceptionIds, state, given.reason, edit.id);
    }
    return edit.state === 'applying' ? this.#apply(ctx, edit) : edit;
  }

  /** Writes back what was there before an edit. Raises VEE_EDIT_INVALID, VEE_CHANGED. */
  async undo(
    ctx: AccessContext,
    person: string,
    id: number,
    given: { readonly key: string; readonly reason: string },
  ): Promise<VeeEdit> {
    const { channelId } = await this.#options.registry.edits.get(ctx, id);
    return this.#turns.run(channelId, () => this.#undo(ctx, person, id, given));
  }

  async #undo(
    ctx: AccessContext,
    person: string,
    id: number,
    given: Parameters<EditService['undo']>[3],
  ): Promise<VeeEdit> {
    const { registry } = this.#options;
    const done = await this.#repeat(ctx, given.key);
    if (done !== undefined) return done;
    const edit = await registry.edits.get(ctx, id);
    if (edit.state !== 'applied') throw serverErrors.VEE_EDIT_INVALID(`edit ${id} is ${edit.state}`);
    if (edit.undoneBy !== null) throw serverErrors.VEE_EDIT_INVALID(`edit ${id} is undone already`);
    const now = await this.#standing(edit);
    const changed = edit.after.find((row) => !sameRow(row, now.get(row.end)));
    if (changed !== undefined) {
      throw serverErrors.VEE_CHANGED(`the reading that ends at ${changed.end} was changed after edit ${id}`);
    }
    const channel = await this.#channel(edit.channelId);
    const rows = { before: edit.after, after: edit.before };
    const needsApproval = await weighsMuch(this.#options, ctx, { person, channel }, rows);
    const { edit: undo } = await registry.edits.create(ctx, {
      ...{ key: given.key, reason: given.reason, requestedPerson: person, undoes: id },
      ...{ channelId: edit.channelId, action: 'undo', method: '' },
      ...{ before: edit.after, after: edit.before, change: -edit.change },
      state: needsApproval ? 'pending' : 'applying',
    });
    return undo.state === 'applying' ? this.#apply(ctx, undo) : undo;
  }

  /** A second person's word on a pending edit. Raises VEE_CHANGED where other values stand by now. */
  async decide(
    ctx: AccessContext,
    id: number,
    decision: 'approved' | 'refused',
    note: string,
  ): Promise<VeeEdit> {
    const { channelId } = await this.#options.registry.edits.get(ctx, id);
    return this.#turns.run(channelId, () => this.#decide(ctx, id, decision, note));
  }

  async #decide(
    ctx: AccessContext,
    id: number,
    decision: 'approved' | 'refused',
    note: string,
  ): Promise<VeeEdit> {
    const { registry } = this.#options;
    const asked = await registry.edits.get(ctx, id);
    if (decision === 'approved' && asked.state === 'pending')
      requireStanding(asked.before, await this.#standing(asked));
    const edit = await registry.edits.decide(ctx, id, decision, note);
    if (edit.state === 'applying') return this.#apply(ctx, edit);
    await registry.exceptions.reopen(ctx, edit.id, `edit refused: ${note}`);
    return edit;
  }

  /** Finishes what a process that died had begun. */
  async recover(): Promise<number> {
    const begun = await this.#options.registry.edits.applying(systemAccess);
    for (const edit of begun) await this.#apply(systemAccess, edit);
    return begun.length;
  }

  /** What a request made that comes once more, finished where it was not. */
  async #repeat(ctx: AccessContext, key: string): Promise<VeeEdit | undefined> {
    const done = await this.#options.registry.edits.ofKey(ctx, key);
    return done?.state === 'applying' ? this.#apply(ctx, done) : done;
  }

  /** Raises VEE_EXCEPTION_DECIDED, and VEE_EDIT_INVALID for exceptions of another channel. */
  async #requireOpen(ctx: AccessContext, channelId: number, ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const found = await this.#options.registry.exceptions.get(ctx, id);
      if (found.channelId !== channelId)
        throw serverErrors.VEE_EDIT_INVALID(`exception ${id} is of another channel`);
      if (found.state !== 'open')
        throw serverErrors.VEE_EXCEPTION_DECIDED(`exception ${id}: ${found.state} by ${found.changedBy}`);
    }
  }

  /** What stands now in the span of an edit. */
  async #standing({ channelId, firstEnd, lastEnd }: VeeEdit): Promise<Map<number, EditRow>> {
    return byEnd((await this.#rows(await this.#channel(channelId), firstEnd, lastEnd)).rows);
  }

  /** Writes what is not written yet; readings that came in that very moment go under the edit. */
  async #write(edit: VeeEdit): Promise<void> {
    for (;;) {
      const now = await this.#standing(edit);
      const open = edit.after.filter((row) => !sameRow(row, now.get(row.end)));
      if (open.length === 0) return;
      const readings = new ReadingBatch(open.length);
      for (const { end, value, resolution, quality, flags } of open) {
        readings.push(edit.channelId, end, value ?? 0, resolution, quality, flags);
      }
      const basis = Uint32Array.from(open, ({ end }) => now.get(end)!.revision);
      const outcome = await this.#options.store.writer.commit({ readings, basis });
      if (outcome.stale === 0) return;
    }
  }

  async #apply(ctx: AccessContext, edit: VeeEdit): Promise<VeeEdit> {
    const { registry, settle } = this.#options;
    await this.#write(edit);
    const applied = await registry.edits.applied(ctx, edit.id);
    if (edit.undoes !== null) await registry.exceptions.reopen(ctx, edit.undoes, `undone: ${edit.reason}`);
    settle(
      edit.channelId,
      edit.after.map(({ end }) => end),
    );
    return applied;
  }

  async #after(
    channel: BookedChannel,
    request: EditRequest,
    before: readonly EditRow[],
  ): Promise<{ rows: readonly EditRow[]; method: string }> {
    switch (request.action) {
      case 'accept':
        return {
          rows: await this.#accepted(channel, before, request.method === asMeasured),
          method: request.method === asMeasured ? asMeasured : '',
        };
      case 'reject':
        return {
          rows: before.filter(({ value }) => value !== null).map(({ end }) => emptied(channel, end)),
          method: '',
        };
      case 'estimate':
        return this.#options.reestimate(channel, request);
      case 'edit': {
        const rows = (request.values ?? []).map((given) => editedRow(request, channel, given));
        if (byEnd(rows).size < rows.length)
          throw serverErrors.VEE_EDIT_INVALID('an interval is given more than once');
        return { rows, method: '' };
      }
    }
  }

  /**
   * What stands is right; as measured, what an estimate has taken the place of is right and not the
   * estimate.
   */
  async #accepted(
    { facts }: BookedChannel,
    before: readonly EditRow[],
    measuredToo: boolean,
  ): Promise<EditRow[]> {
    const standing = before
      .filter(({ value, quality }) => value !== null && quality !== Quality.estimated)
      .map((row) => ({ ...row, quality: Quality.verified }));
    if (!measuredToo) return standing;
    const { channel, intervalS } = facts;
    const span = { fromS: before[0]!.end - intervalS, toS: before.at(-1)!.end };
    const aside = await this.#options.store.days.putAside(systemAccess, [channel], span);
    const measured = new Map(Array.from(aside.end, (end, i) => [end, i]));
    const back = before.flatMap((row) => {
      const i = row.quality === Quality.estimated ? measured.get(row.end) : undefined;
      if (i === undefined) return [];
      const value = aside.value[i]!;
      requireFits(facts, row.end, value);
      const [resolution, flags] = [aside.resolution[i]!, aside.flags[i]!];
      return [{ ...row, value, resolution, flags, quality: Quality.verified }];
    });
    return [...standing, ...back].sort((a, b) => a.end - b.end);
  }

  async #channel(id: number): Promise<BookedChannel> {
    await this.#options.book.load([id]);
    const channel = this.#options.book.get(id);
    if (channel === undefined) throw serverErrors.VEE_EDIT_INVALID(`there is no channel ${id}`);
    if (channel.facts.intervalS === 0)
      throw serverErrors.VEE_EDIT_INVALID('register readings are corrected by pushing the right one');
    return channel;
  }

  /**
   * Current rows of the span, one for each interval of the grid, and the newest revision that may be among
   * them.
   */
  async #rows(
    { facts }: BookedChannel,
    firstEnd: number,
    lastEnd: number,
  ): Promise<{ rows: EditRow[]; basis: number }> {
    const { store, limits } = this.#options;
    const { channel, intervalS, resolution } = facts;
    const slots = (lastEnd - firstEnd) / intervalS + 1;
    if (!Number.isInteger(slots) || slots < 1)
      throw serverErrors.VEE_EDIT_INVALID(`intervals are ${intervalS} s long: the ends do not fit`);
    if (slots > limits.intervals)
      throw serverErrors.VEE_EDIT_INVALID(`${slots} intervals at once; at most ${limits.intervals}`);
    const span = { fromS: firstEnd - intervalS, toS: lastEnd };
    let basis = store.writer.horizon();
    const found = await store.readings.profile(systemAccess, channel, span);
    const rows = new Map<number, EditRow>();
    for (let i = 0; i < found.length; i++) {
      const quality = found.quality[i]!;
      const value = hasValue(quality) ? found.value[i]! : null;
      const end = found.end[i]!;
      // A correction may carry a second that is still to come.
      basis = Math.max(basis, found.revision[i]!);
      const [flags, revision] = [found.flags[i]!, found.revision[i]!];
      rows.set(end, { end, value, resolution: found.resolution[i]!, quality, flags, revision });
    }
    const none = { value: null, resolution, quality: Quality.missing, flags: 0, revision: 0 };
    const all = Array.from({ length: slots }, (_, i) => {
      const end = firstEnd + i * intervalS;
      return rows.get(end) ?? { end, ...none };
    });
    return { rows: all, basis };
  }

  async #requireUnchanged(channelId: number, rows: readonly EditRow[], basis: number): Promise<void> {
    const ends = new Set(rows.map(({ end }) => end));
    const span = { fromS: Math.min(...ends) - 1, toS: Math.max(...ends) };
    const found = await this.#options.store.readings.profile(systemAccess, channelId, span);
    for (let i = 0; i < found.length; i++) {
      if (found.revision[i]! <= basis || !ends.has(found.end[i]!)) continue;
      throw serverErrors.VEE_CHANGED(`the reading that ends at ${found.end[i]} is newer than what was shown`);
    }
  }
}

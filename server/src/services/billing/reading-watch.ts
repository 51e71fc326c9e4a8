/**
 * Tells which bills have other readings now than those they were made of: a reading came late, was edited or
 * estimated. Nobody has to tell: changes are followed by their revision.
 *
 *   revisions since the last time ─▶ channels and times ─▶ bills of them are marked
 *   some marked bills a round     ─▶ readings as billed and as they are now ─▶ how many differ
 */
import { groupBy, systemAccess } from '@openami/model';
import type { BillRecord, ReadingStore, RegistryStore } from '@openami/store';
import { tariffsOf } from './bill-detail.ts';
import { channelsRead, extraNeeds } from './billed-channels.ts';
import { readingsAsOf, readingsNow } from './billed-readings.ts';
import { changedReadings, type ReadingsOfBill } from './changed-readings.ts';
import { contentOf, versionOfPart } from './content.ts';
import type { TariffBook } from './tariff-book.ts';
import { registerReachS } from './usage.ts';

export interface ReadingWatchOptions {
  readonly registry: Pick<RegistryStore, 'changedBills'>;
  readonly store: Pick<ReadingStore, 'readings'>;
  readonly book: TariffBook;
}

const channelsAtOnce = 5_000;
const billsAtOnce = 100;
/** So that a round ends, whatever was changed: the rest waits for the next. */
const pagesOfRound = 10;

export class ReadingWatch {
  readonly #options: ReadingWatchOptions;

  constructor(options: ReadingWatchOptions) {
    this.#options = options;
  }

  /** Follows changes up to a revision, and counts a part of what is marked; `stopped` is asked in between. */
  async look(untilS: number, stopped: () => boolean = () => false): Promise<void> {
    await this.#follow(untilS, stopped);
    for (let page = 0; page < pagesOfRound && !stopped(); page++) if (!(await this.#countSome())) return;
  }

  async #follow(untilS: number, stopped: () => boolean): Promise<void> {
    const { registry, store } = this.#options;
    const watch = await registry.changedBills.watch(systemAccess);
    if (watch === undefined || untilS <= watch.position) return;
    const of = { sinceS: watch.position, untilS, byS: watch.reachS };
    for (let after = 0; ; ) {
      const found = await store.readings.revised(systemAccess, of, after, channelsAtOnce);
      const spans = Array.from({ length: found.length }, (_, i) => ({
        ...{ channel: found.channel[i]!, fromS: found.first[i]!, toS: found.last[i]! },
      }));
      if (spans.length > 0) await registry.changedBills.mark(systemAccess, spans);
      if (spans.length < channelsAtOnce) break;
      if (stopped()) return;
      after = spans.at(-1)!.channel;
    }
    await registry.changedBills.followed(systemAccess, watch.position, untilS);
  }

  /** Whether there may be more. */
  async #countSome(): Promise<boolean> {
    const { registry, book } = this.#options;
    const bills = await registry.changedBills.marked(systemAccess, billsAtOnce);
    if (bills.length === 0) return false;
    const contents = new Map(bills.map((bill) => [bill, contentOf(bill)]));
    const tariffs = await tariffsOf(book, [...contents.values()]);
    const asked = bills.flatMap((bill): Asked[] => {
      const content = contents.get(bill);
      if (content === undefined) return [];
      const { parts, channels, source } = content;
      const versions = parts.map((part) => ({ version: versionOfPart(part, tariffs) }));
      const edges = parts.flatMap(({ determinants: { fromS, toS } }) => [fromS, toS]);
      return [
        {
          ...{ bill, source, edgesS: [...new Set(edges)].sort((a, b) => a - b) },
          channels: channelsRead(channels, extraNeeds(versions)),
        },
      ];
    });
    const alike = groupBy(asked, ({ bill, source, edgesS }) =>
      [bill.revision, source, edgesS[0], edgesS.at(-1)].join(' '),
    );
    const counted = new Map<number, number>();
    for (const group of alike.values())
      for (const [id, changed] of await this.#countOf(group)) counted.set(id, changed);
    const counts = bills.map(({ id }) => ({ id, changed: counted.get(id) ?? 0 }));
    await registry.changedBills.counted(systemAccess, counts);
    return bills.length === billsAtOnce;
  }

  /** Of bills of the same time that were made of readings of the same revision. */
  async #countOf(group: readonly Asked[]): Promise<(readonly [id: number, changed: number])[]> {
    const { store } = this.#options;
    const { bill, source, edgesS } = group[0]!;
    const channels = group.flatMap((one) => one.channels);
    const reachS = source === 'registers' ? registerReachS : Math.max(0, ...channels.map((c) => c.intervalS));
    const span = { fromS: edgesS[0]! - reachS - 1, toS: edgesS.at(-1)! + reachS };
    const ids = [...new Set(channels.map(({ id }) => id))];
    const known = await readingsAsOf(store, systemAccess, ids, span, bill.revision);
    const now = await readingsNow(store, systemAccess, ids, span);
    return group.map((one) => [one.bill.id, changedReadings(one, known, now)]);
  }
}

interface Asked extends ReadingsOfBill {
  readonly bill: BillRecord;
}

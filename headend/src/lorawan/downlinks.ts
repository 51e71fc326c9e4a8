/** Downlinks of many devices: handed to their network servers, followed by what these say, over a store. */
import { createHash } from 'node:crypto';
import type { Clock } from '@openami/model';
import type { DownlinkEvent, DownlinkOrder } from '@openami/wire/lorawan';
import { codecErrors } from './codec-errors.ts';
import {
  advanceDownlink,
  beginDownlink,
  type DownlinkEventKind,
  type DownlinkState,
  decideDownlink,
  type HandOutcome,
  maxTries,
} from './downlink-life.ts';

export interface DownlinkRecord {
  /** Given by whoever orders it: the same id again is the same downlink. */
  readonly id: string;
  readonly order: Omit<DownlinkOrder, 'id'>;
  readonly state: DownlinkState;
  /** Counts the changes; two that change at once are told apart by it. */
  readonly version: number;
}

export interface DownlinkStore {
  /** Keeps a new record; false when there is one of this id. */
  add(record: DownlinkRecord, names: readonly string[]): Promise<boolean>;
  get(id: string): Promise<DownlinkRecord | undefined>;
  /** The record with one of these names (those of `add`); undefined for none of ours. */
  byName(names: readonly string[]): Promise<DownlinkRecord | undefined>;
  /** Replaces the record of version `record.version - 1`; false when it has another version by now. */
  replace(record: DownlinkRecord): Promise<boolean>;
  /** Records that have not ended, whose time has come, the oldest first. */
  due(nowS: number, most: number): Promise<readonly DownlinkRecord[]>;
}

/** Hands a downlink to its network server, over MQTT or HTTP. A rejection counts as `lost`. */
export type DownlinkSender = (order: DownlinkOrder) => Promise<{ outcome: HandOutcome; detail?: string }>;

/** A UUID, as ChirpStack wants it, that is the same whenever it is asked for. */
export function tryName(id: string, number: number): string {
  const hex = createHash('sha256').update(`${id}\0${number}`).digest('hex');
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!;
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return [...parts, hex.slice(20, 32)].join('-');
}

const namesOf = (id: string) => Array.from({ length: maxTries }, (_, i) => tryName(id, i + 1));

export class Downlinks {
  readonly #store: DownlinkStore;
  readonly #send: DownlinkSender;
  readonly #clock: Clock;

  constructor(store: DownlinkStore, send: DownlinkSender, clock: Clock) {
    this.#store = store;
    this.#send = send;
    this.#clock = clock;
  }

  /** Puts a downlink in the queue, once however often it is ordered; the record as it is. */
  async order(
    id: string,
    order: DownlinkRecord['order'],
    times: { readonly notBeforeS?: number; readonly expiresAtS: number; readonly mostTries?: number },
  ): Promise<DownlinkRecord> {
    const { confirmed } = order;
    const state = beginDownlink({
      confirmed,
      notBeforeS: times.notBeforeS ?? 0,
      expiresAtS: times.expiresAtS,
      ...(times.mostTries === undefined ? {} : { mostTries: times.mostTries }),
    });
    const record = { id, order, state, version: 1 };
    if (await this.#store.add(record, namesOf(id))) return record;
    const known = await this.#store.get(id);
    if (known === undefined) throw codecErrors.DOWNLINK_CONFLICT(id);
    return known;
  }

  /** Takes back what has not been handed on; the record as it is. */
  async cancel(id: string): Promise<DownlinkRecord | undefined> {
    const record = await this.#store.get(id);
    if (record === undefined || record.state.step !== 'queued') return record;
    return this.#advance(record, { type: 'cancelled' });
  }

  /**
   * What a network server says of a downlink; undefined when it is none of ours. Twice is as good as once.
   */
  async news({ ids, news, fCnt, error }: DownlinkEvent): Promise<DownlinkRecord | undefined> {
    for (let again = 0; again < 10; again++) {
      const record = ids.length === 0 ? undefined : await this.#store.byName(ids);
      if (record === undefined) return undefined;
      const number = namesOf(record.id).findIndex((name) => ids.includes(name)) + 1;
      const next = await this.#advance(record, { type: 'news', news, try: number, fCnt, error });
      if (next !== undefined) return next;
    }
    throw codecErrors.DOWNLINK_CONFLICT(ids[0]);
  }

  /** Does what is due; how many records it looked at. */
  async work(most = 100): Promise<number> {
    const due = await this.#store.due(this.#nowS(), most);
    for (const record of due) await this.#workOn(record);
    return due.length;
  }

  async #workOn(found: DownlinkRecord): Promise<void> {
    let record: DownlinkRecord | undefined = found;
    while (record !== undefined) {
      const action = decideDownlink(record.state, this.#nowS());
      if (action.do === 'end' || action.do === 'wait') return;
      if (action.do === 'expire') record = await this.#advance(record, { type: 'expired' });
      else if (action.do === 'mark') record = await this.#advance(record, { type: 'marked' });
      else record = await this.#hand(record);
    }
  }

  async #hand(record: DownlinkRecord): Promise<DownlinkRecord | undefined> {
    const id = tryName(record.id, record.state.tries);
    let event: DownlinkEventKind;
    try {
      event = { type: 'handed', ...(await this.#send({ ...record.order, id })) };
    } catch (error) {
      event = { type: 'handed', outcome: 'lost', detail: String(error).slice(0, 200) };
    }
    const next = await this.#advance(record, event);
    if (next !== undefined) return next;
    // news came before our answer was noted: what it says goes before
    const fresh = await this.#store.get(record.id);
    return fresh && this.#advance(fresh, event);
  }

  /** Undefined when another was faster: the record must be read again. */
  async #advance(record: DownlinkRecord, event: DownlinkEventKind): Promise<DownlinkRecord | undefined> {
    const state = advanceDownlink(record.state, event, this.#nowS());
    if (state === record.state) return record;
    const next = { ...record, state, version: record.version + 1 };
    return (await this.#store.replace(next)) ? next : undefined;
  }

  #nowS(): number {
    return Math.floor(this.#clock.nowMs() / 1_000);
  }
}

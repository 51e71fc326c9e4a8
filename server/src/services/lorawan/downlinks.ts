/** Downlinks kept in the registry, handed to the network server when their time has come. */
import {
  type DownlinkRecord,
  type DownlinkSender,
  type DownlinkStore,
  Downlinks,
  decideDownlink,
  hasEnded,
} from '@openami/headend/lorawan';
import { type AccessContext, type Clock, systemAccess } from '@openami/model';
import type { LorawanRepository, StoredDownlink } from '@openami/store';
import { bytesOfHex, hexOf } from '@openami/wire';
import type { DownlinkEvent } from '@openami/wire/lorawan';
import { serverErrors } from '../../errors.ts';
import type { Logger } from '../../log.ts';

const everyMs = 1_000;
const mostListed = 200;
/** Of one device: a network server sends it one after each of its uplinks. */
const mostUnderWay = 20;

/** When a record is to be looked at again; null: never. */
function dueOf({ state }: DownlinkRecord): number | null {
  // as of the beginning of time, so that what can be done at once is due, and what waits says until when
  const action = decideDownlink(state, 0);
  if (action.do === 'end') return null;
  return action.do === 'wait' ? action.untilS : 0;
}

function toStored(record: DownlinkRecord): StoredDownlink {
  const { id, order, state, version } = record;
  const kept = { order: { ...order, bytes: hexOf(order.bytes) }, state };
  return { id, devEui: order.devEui, record: kept, version, dueS: dueOf(record) };
}

type Kept = Pick<DownlinkRecord, 'state'> & {
  readonly order: Omit<DownlinkRecord['order'], 'bytes'> & { readonly bytes: string };
};

function fromStored({ id, record, version }: StoredDownlink): DownlinkRecord {
  const { order, state } = record as Kept;
  return { id, version, state, order: { ...order, bytes: bytesOfHex(order.bytes)! } };
}

function storeOf(registry: LorawanRepository, ctx: AccessContext): DownlinkStore {
  const read = (found: StoredDownlink | undefined) => found && fromStored(found);
  return {
    add: (record, names) => registry.addDownlink(ctx, toStored(record), names),
    get: async (id) => read(await registry.downlink(ctx, id)),
    byName: async (names) => read(await registry.downlinkOf(ctx, names)),
    replace: (record) => registry.replaceDownlink(ctx, toStored(record)),
    due: async (nowS, most) => (await registry.dueDownlinks(ctx, nowS, most)).map(fromStored),
  };
}

export interface DownlinkDeskOptions {
  readonly registry: LorawanRepository;
  readonly send: DownlinkSender;
  readonly clock: Clock;
  readonly log: Logger;
}

export class DownlinkDesk {
  readonly #options: DownlinkDeskOptions;
  readonly #own: Downlinks;
  #working: Promise<unknown> | undefined;

  constructor(options: DownlinkDeskOptions) {
    this.#options = options;
    this.#own = this.#as(systemAccess);
  }

  /**
   * Puts a downlink in the queue, once however often it is ordered. Raises LORAWAN_DOWNLINKS where too many
   * are under way; one that is among them may come again.
   */
  async order(
    ctx: AccessContext,
    id: string,
    order: DownlinkRecord['order'],
    times: Parameters<Downlinks['order']>[2],
  ): Promise<DownlinkRecord> {
    const newest = await this.list(ctx, order.devEui);
    const underWay = newest.filter(({ state }) => !hasEnded(state)).length;
    if (underWay >= mostUnderWay && !newest.some((one) => one.id === id))
      throw serverErrors.LORAWAN_DOWNLINKS(`${underWay} to ${order.devEui}`);
    return this.#as(ctx).order(id, order, times);
  }

  /** Of a device, the newest first. */
  async list(ctx: AccessContext, devEui: string): Promise<DownlinkRecord[]> {
    return (await this.#options.registry.downlinks(ctx, devEui, mostListed)).map(fromStored);
  }

  async record(ctx: AccessContext, id: string): Promise<DownlinkRecord | undefined> {
    const found = await this.#options.registry.downlink(ctx, id);
    return found && fromStored(found);
  }

  cancel(ctx: AccessContext, id: string): Promise<DownlinkRecord | undefined> {
    return this.#as(ctx).cancel(id);
  }

  news(event: DownlinkEvent): Promise<DownlinkRecord | undefined> {
    return this.#own.news(event);
  }

  /** Works on what is due from now on; the returned function stops, after what is under way. */
  start(): () => Promise<void> {
    const { log } = this.#options;
    const work = () => {
      this.#working ??= this.#own
        .work()
        .catch((error: unknown) => log.warn({ err: error }, 'Downlinks could not be worked on'))
        .finally(() => {
          this.#working = undefined;
        });
    };
    const timer = setInterval(work, everyMs).unref();
    return async () => {
      clearInterval(timer);
      await this.#working;
    };
  }

  #as(ctx: AccessContext): Downlinks {
    const { registry, send, clock } = this.#options;
    return new Downlinks(storeOf(registry, ctx), send, clock);
  }
}

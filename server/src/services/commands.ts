/** Commands and campaigns as a part of the server: people's side on each, the doing in the head-end. */
import {
  type BusyMeters,
  CampaignRunner,
  Campaigns,
  type CommandDriver,
  type CommandDrivers,
  CommandExecutor,
  CommandOrders,
  type ImageDrivers,
  SafetyChanges,
} from '@openami/headend';
import { type Clock, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import type { StreamCommand, StreamCommandOrder } from '../contract/commands.ts';
import type { SseHub } from '../http/sse.ts';
import type { Logger } from '../log.ts';

/** What can reach meters, by protocol of their endpoints. */
export interface MeterDrivers {
  readonly commands: CommandDrivers;
  readonly images: ImageDrivers;
}

export interface CommandServiceOptions {
  readonly registry: RegistryStore;
  readonly drivers: MeterDrivers;
  /** Meters at work, shared with who else talks to meters. */
  readonly busy: BusyMeters;
  readonly clock: Clock;
  readonly log: Logger;
  readonly hub: SseHub;
  /** Throws where this server may not act. */
  readonly requireWriter: () => void;
}

const atOnce = 32;
const exchangeMs = 60_000;
const roundMs = 1_000;

export class CommandService {
  readonly orders: CommandOrders;
  readonly campaigns: Campaigns;
  readonly safety: SafetyChanges;
  readonly #options: CommandServiceOptions;
  readonly #changed = new Set<number>();
  readonly #listeners: ((meterId: number) => void)[] = [];
  readonly #drivers: Map<string, CommandDriver>;

  constructor(options: CommandServiceOptions) {
    const { registry, busy, hub } = options;
    this.#drivers = new Map(options.drivers.commands);
    const drivers = { ...options.drivers, commands: this.#drivers };
    this.#options = { ...options, drivers };
    this.orders = new CommandOrders({
      ...{ store: registry.commands, drivers: drivers.commands, busy, nowS: this.#nowS },
      onChange: (change) => hub.publish('command-order', change satisfies StreamCommandOrder),
    });
    this.safety = new SafetyChanges(registry.commands, this.#nowS);
    const { facts, gate } = registry.commands;
    const note = (id: number) => this.#changed.add(id);
    this.campaigns = new Campaigns({ ...registry.campaigns, facts, gate }, drivers.images, note);
  }

  /** One more protocol whose meters take commands; what is there already stays. */
  addDriver(protocol: string, driver: CommandDriver): void {
    if (!this.#drivers.has(protocol)) this.#drivers.set(protocol, driver);
  }

  /** Whether meters of a protocol take commands. */
  hasDriver(protocol: string): boolean {
    return this.#drivers.has(protocol);
  }

  /** Told of meters whose commands moved on. */
  onCommand(listener: (meterId: number) => void): void {
    this.#listeners.push(listener);
  }

  readonly #nowS = () => Math.floor(this.#options.clock.nowMs() / 1000);

  /** Tells who looks on of campaigns that changed, once a second: they change with every block. */
  tick(): void {
    for (const id of this.#changed) this.#options.hub.publish('campaign', { id });
    this.#changed.clear();
  }

  /** Starts doing what is ordered; gives what stops it. */
  start(): () => Promise<void> {
    const { registry, drivers, busy, log, hub, requireWriter } = this.#options;
    const shared = {
      ...{ busy, nowS: this.#nowS, atOnce, exchangeMs, log },
      fence: requireWriter,
    };
    const executor = new CommandExecutor({
      ...{ ...shared, store: registry.commands, drivers: drivers.commands },
      onChange: ({ id, orderId, meterId, state, phase }) => {
        hub.publish('command', { id, orderId, meterId, state, phase } satisfies StreamCommand);
        for (const listener of this.#listeners) listener(meterId);
      },
    });
    const runner = new CampaignRunner({
      ...{ ...shared, store: registry.campaigns, drivers: drivers.images },
      onChange: (id) => this.#changed.add(id),
    });
    let round: Promise<void> | undefined;
    const timer = setInterval(() => {
      round ??= (async () => {
        requireWriter();
        await executor.startRound(systemAccess);
        await runner.startRound(systemAccess);
      })()
        .catch((error: unknown) => log.warn({ err: error }, 'Commands could not be taken on'))
        .finally(() => {
          round = undefined;
        });
    }, roundMs);
    timer.unref();
    return async () => {
      clearInterval(timer);
      await round;
      await Promise.all([executor.stop(), runner.stop()]);
    };
  }
}

/** The demo's stores: what the simulator asks for, over the repositories. */
import { systemAccess } from '@openami/model';
import type { ChannelIds, DemoMemory, DemoStores, FleetUser } from '@openami/sim';
import { worldKinds } from '@openami/sim';
import type { AppContext } from '../context.ts';
import { topicOf } from './mqtt.ts';

/** Stores of `prepareDemo`. */
export function demoStores(context: AppContext, memory: DemoMemory): DemoStores {
  const { registry, store, directory } = context;
  const repositories = {
    premises: registry.premises,
    'network-nodes': registry.nodes,
    'usage-points': registry.usagePoints,
    meters: registry.meters,
    channels: registry.channels,
    installations: registry.installations,
    customers: registry.customers,
    accounts: registry.accounts,
    agreements: registry.agreements,
  };
  return {
    memory,
    sink: store.writer,
    async registerWorld(rows) {
      for (const kind of worldKinds) {
        const result = await repositories[kind].upsertMany(systemAccess, rows[kind]);
        const error = result.errors[0];
        if (error) throw new Error(`${kind} row ${error.line}: ${error.code} ${error.reason}`);
      }
      await directory.refresh();
    },
    ids: () => channelIds(context),
  };
}

async function channelIds({ registry, directory }: AppContext): Promise<ChannelIds> {
  const byMeter = new Map<number, Map<string, number>>();
  const meterIds = new Set(directory.columns.meter);
  meterIds.delete(0);
  for (const { id, meterId, alias } of await registry.channels.ofMeters(systemAccess, [...meterIds])) {
    const known = byMeter.get(meterId);
    if (known) known.set(alias, id);
    else byMeter.set(meterId, new Map([[alias, id]]));
  }
  const meter = (serial: string) => directory.memory.meter(serial);
  return { meter, channel: (serial, alias) => byMeter.get(meter(serial))?.get(alias) ?? 0 };
}

/** Issues secrets for the fleet. */
export async function issueFleet(
  { registry, directory }: AppContext,
  users: readonly FleetUser[],
): Promise<Map<string, string>> {
  const issued = await registry.credentials.issueMany(
    systemAccess,
    users.map(({ username, reportsFor, topics = [] }) => {
      const meterId = directory.memory.meter(username);
      return { username, ...(meterId ? { meterId } : {}), publish: [...reportsFor.map(topicOf), ...topics] };
    }),
  );
  return new Map(issued.map(({ username, password }) => [username, password]));
}

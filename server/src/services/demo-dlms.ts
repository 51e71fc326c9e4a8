/** The demo's DLMS meters: simulated, on real sockets, read and switched like any others. */
import { OpenAmiError } from '@openami/model';
import { type DlmsFleet, demoDlmsFleet, type PushTarget, playEvents, type World } from '@openami/sim';
import type { AppContext } from '../context.ts';
import { registerDlms } from './register-dlms.ts';

/** Electricity meters that speak DLMS; the others publish. */
const demoMeters = 300;
/** The same ports at every start, so that endpoints stay as they are; others when they are taken. */
const firstPort = 20_500;

export interface DemoDlms {
  readonly serials: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Starts them and registers those that are new. Raises SIM_LISTEN, DLMS_LISTEN_FAILED. */
export async function startDemoDlms(context: AppContext, world: World): Promise<DemoDlms> {
  const host = '127.0.0.1';
  const push = { host, port: await context.dlms.listenForPushes(0, host), network: 'tcp' } as const;
  const fleet = await startOn(context, world, push, firstPort).catch((error: unknown) => {
    if (error instanceof OpenAmiError && error.code === 'SIM_LISTEN') return startOn(context, world, push);
    throw error;
  });
  const { endpoints } = fleet;
  await registerDlms(context, endpoints);
  const still = playEvents(world, fleet, context.clock);
  return {
    serials: new Set(endpoints.map(({ serial }) => serial)),
    async stop() {
      still();
      await fleet.stop();
    },
  };
}

async function startOn(
  { clock }: AppContext,
  world: World,
  push: PushTarget,
  port?: number,
): Promise<DlmsFleet> {
  const at = port === undefined ? {} : { firstPort: port };
  const shape = { meters: demoMeters, ownPorts: 20, gateways: 8, transport: 'wrapper', ...at } as const;
  const fleet = demoDlmsFleet({ world, clock, shape, push });
  await fleet.start();
  return fleet;
}

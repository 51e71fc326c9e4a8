/** The demo's DLMS meters: simulated, on real sockets, read and switched like any others. */
import { OpenAmiError } from '@openami/model';
import { type DlmsFleet, demoDlmsFleet, type World } from '@openami/sim';
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

/** Starts them and registers those that are new. Raises SIM_LISTEN. */
export async function startDemoDlms(context: AppContext, world: World): Promise<DemoDlms> {
  const fleet = await startOn(context, world, firstPort).catch((error: unknown) => {
    if (error instanceof OpenAmiError && error.code === 'SIM_LISTEN') return startOn(context, world);
    throw error;
  });
  const { endpoints } = fleet;
  await registerDlms(context, endpoints);
  return { serials: new Set(endpoints.map(({ serial }) => serial)), stop: () => fleet.stop() };
}

async function startOn({ clock }: AppContext, world: World, port?: number): Promise<DlmsFleet> {
  const at = port === undefined ? {} : { firstPort: port };
  const shape = { meters: demoMeters, ownPorts: 20, gateways: 8, transport: 'wrapper', ...at } as const;
  const fleet = demoDlmsFleet({ world, clock, shape });
  await fleet.start();
  return fleet;
}

/**
 * The electricity meters of the demo as DLMS meters: most behind gateways, some with a port of their own,
 * suite 0 and some with suites 1 and 2, wrapper and some HDLC. What they measured is what the world's meters
 * measured, so a reading over DLMS is the reading that history holds.
 */
import type { Clock } from '@openami/model';
import type { World } from '../world-types.ts';
import { DlmsFleet, type DlmsFleetOptions } from './dlms-fleet.ts';
import { type DlmsFleetShape, planDlmsFleet } from './dlms-plan.ts';
import { WorldMeasurements } from './measurements.ts';

export interface DemoDlmsOptions
  extends Pick<DlmsFleetOptions, 'host' | 'push' | 'segments' | 'faults' | 'onEvent'> {
  readonly world: World;
  /** The simulated clock. */
  readonly clock: Clock;
  readonly shape?: DlmsFleetShape;
}

const demoShape: DlmsFleetShape = { ownPorts: 40, gateways: 8, transport: 'mixed', suite: 'mixed' };

/** A fleet that is not started yet; its endpoints, for registry and vault, are known once it is. */
export function demoDlmsFleet({ world, clock, shape, ...options }: DemoDlmsOptions): DlmsFleet {
  return new DlmsFleet({
    ...options,
    meters: planDlmsFleet(world, { ...demoShape, ...shape }),
    measurements: new WorldMeasurements(world),
    clock,
    seed: world.seed,
  });
}

/** The part of the server that talks to meters which are asked: put together here. */
import {
  BusyMeters,
  type CollectLimits,
  type CommandDriver,
  DlmsCommandDriver,
  DlmsImageDriver,
  type ImageDriver,
  type LinkLimits,
} from '@openami/headend';
import type { Clock } from '@openami/model';
import type { Config } from '../config.ts';
import type { AppContext } from '../context.ts';
import type { Logger } from '../log.ts';
import { CollectionService } from './collection.ts';
import { CommandService, type MeterDrivers } from './commands.ts';
import { DlmsService } from './dlms.ts';
import { KeyRotationService } from './key-rotations.ts';
import { KeyService } from './keys.ts';
import { ServiceLevelService } from './service-level.ts';

export interface FieldOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** Simulated seconds per real second, when the clock is a simulated one. */
  readonly clockSpeed?: number;
  /** What can reach meters for commands and firmware, besides DLMS. */
  readonly drivers?: MeterDrivers;
  /** Time-outs of links to meters, where not the usual. */
  readonly linkLimits?: Partial<LinkLimits>;
  /** What collection may ask of the network, where not the usual. */
  readonly collectLimits?: Partial<CollectLimits>;
}

/** What talks to meters that are asked: sessions, collection, commands, rotations. */
export function openField(
  options: FieldOptions,
  parts: Pick<AppContext, 'registry' | 'store' | 'directory' | 'ingest' | 'hub' | 'requireWriter'>,
): Pick<AppContext, 'dlms' | 'collection' | 'commands' | 'rotations' | 'keys' | 'serviceLevel'> {
  const { config, log, clock, clockSpeed = 1, linkLimits, collectLimits } = options;
  const busy = new BusyMeters();
  const shared = { ...parts, config, log, clock, clockSpeed, busy };
  const dlms = new DlmsService({ ...shared, ...(linkLimits ? { linkLimits } : {}) });
  const collection = new CollectionService({
    ...{ ...shared, dlms },
    ...(collectLimits ? { limits: collectLimits } : {}),
  });
  return {
    dlms,
    collection,
    commands: new CommandService({ ...shared, drivers: driversOf(dlms, clock, options.drivers) }),
    rotations: new KeyRotationService({ ...shared, dlms }),
    keys: new KeyService({ ...shared, dlms }),
    serviceLevel: new ServiceLevelService({ ...shared, collection }),
  };
}

/** DLMS, and what else was handed in. */
function driversOf({ field }: DlmsService, clock: Clock, more: MeterDrivers | undefined): MeterDrivers {
  return {
    commands: new Map<string, CommandDriver>([
      ['dlms', new DlmsCommandDriver(field, clock)],
      ...(more?.commands ?? []),
    ]),
    images: new Map<string, ImageDriver>([['dlms', new DlmsImageDriver(field)], ...(more?.images ?? [])]),
  };
}

/** LoRaWAN devices that are heard, whether anybody registered them or not. */
import { type Heard, SignalBook } from '@openami/headend';
import type { SupplySeen, UplinkContent } from '@openami/headend/lorawan';
import type {
  CounterState,
  CounterVerdict,
  JoinEvent,
  LorawanEvent,
  NetworkServer,
  StatusEvent,
  UplinkEvent,
} from '@openami/wire/lorawan';
import type { heardDeviceStates } from '../../contract/lorawan.ts';
import { applicationOf, type Binding, bindingOf } from './belief.ts';

export type HeardDeviceState = (typeof heardDeviceStates)[number];

export interface DeviceFacts {
  readonly devEui: string;
  readonly server: NetworkServer;
  /** Whether it was heard by the broker, and downlinks have a way; null: heard before that was noted. */
  readonly byBroker: boolean | null;
  /** What the network server calls it. */
  readonly deviceName: string;
  readonly applicationId: string;
  readonly tenantId: string | null;
  readonly profile: string | null;
  readonly devAddr: string | null;
  readonly fPort: number | null;
  readonly fCnt: number | null;
  /** Uplinks that its counter says there were, and nobody got. */
  readonly missed: number;
  /** Times that its counter began anew. */
  readonly resets: number;
  readonly joins: number;
  readonly joinedMs: number | null;
  readonly batteryPercent: number | null;
  readonly externalPower: boolean;
  readonly marginDb: number | null;
  readonly spreadingFactor: number | null;
  readonly counter: CounterState | null;
  /** How the device last said that its supply is; those stored before know nothing of it. */
  readonly supply?: SupplySeen | null;
}

export type HeardDevice = Heard<DeviceFacts, HeardDeviceState>;

export class DeviceBook extends SignalBook<DeviceFacts, HeardDeviceState> {
  constructor() {
    // one that was read is not pushed out by many that do not exist
    super({ nameOf: ({ devEui }) => devEui, atFirst: 'silent', isOurs: (state) => state === 'read' });
  }
}

const unknownFacts = {
  ...{ devAddr: null, fPort: null, fCnt: null, missed: 0, resets: 0, joins: 0, joinedMs: null },
  ...{ batteryPercent: null, externalPower: false, marginDb: null, spreadingFactor: null, counter: null },
  supply: null,
} as const;

/** An event, and whether the broker brought it. */
export type Said<E = LorawanEvent> = E & { readonly byBroker: boolean };

/** What is known of a device after any event of it. */
export function factsOf(before: HeardDevice | undefined, event: Said): DeviceFacts {
  const { devEui, name, tenantId, profile, devAddr } = event.device;
  const { missed, resets, joins, joinedMs, fPort, fCnt, counter } = before ?? unknownFacts;
  const { batteryPercent, externalPower, marginDb, spreadingFactor, supply } = before ?? unknownFacts;
  return {
    ...{ devEui, server: event.server, deviceName: name },
    applicationId: applicationOf(before, bindingOf(event)),
    // by a webhook alone there is no way back
    byBroker: event.byBroker || (before === undefined ? false : (before.byBroker ?? null)),
    tenantId: tenantId ?? before?.tenantId ?? null,
    profile: profile ?? before?.profile ?? null,
    devAddr: devAddr ?? before?.devAddr ?? null,
    ...{ missed, resets, joins, joinedMs, fPort, fCnt, counter },
    ...{ batteryPercent, externalPower, marginDb, spreadingFactor, supply: supply ?? null },
  };
}

export function factsOfUplink(
  before: HeardDevice | undefined,
  event: Said<UplinkEvent>,
  verdict: CounterVerdict,
  counter: CounterState | undefined,
  supply: SupplySeen | undefined,
): DeviceFacts {
  const facts = factsOf(before, event);
  const { modulation, fPort } = event;
  return {
    ...facts,
    ...{ fPort, fCnt: verdict.fCnt, counter: counter ?? null },
    supply: supply ?? facts.supply ?? null,
    missed: Math.max(0, facts.missed + verdict.missed),
    resets: facts.resets + (verdict.kind === 'reset' ? 1 : 0),
    spreadingFactor: modulation?.kind === 'lora' ? modulation.spreadingFactor : null,
  };
}

export function factsOfJoin(
  before: HeardDevice | undefined,
  event: Said<JoinEvent>,
  joinedMs: number,
): DeviceFacts {
  const facts = factsOf(before, event);
  return { ...facts, joins: facts.joins + 1, joinedMs };
}

export function factsOfStatus(before: HeardDevice | undefined, event: Said<StatusEvent>): DeviceFacts {
  const { marginDb, batteryPercent, externalPower } = event;
  return { ...factsOf(before, event), marginDb, batteryPercent, externalPower };
}

/** What is known of a device that moved: its counter is that of a session of before. */
export function factsAt(device: HeardDevice, binding: Binding): DeviceFacts {
  const { name: _n, firstMs: _f, lastMs: _l, telegrams: _t, everyS: _e, state: _s, ...more } = device;
  const { code: _c, paths: _p, ...facts } = more;
  return { ...facts, ...binding, byBroker: false, counter: null };
}

/** What became of an uplink, for those who look at the list. */
export const stateOfContent: Readonly<Record<UplinkContent['kind'], HeardDeviceState>> = {
  ...{ message: 'read', empty: 'silent', 'no-codec': 'no-codec', 'other-port': 'other-port' },
  failed: 'failed',
};

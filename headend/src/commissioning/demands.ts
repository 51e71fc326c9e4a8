/** What a meter must show before it counts as commissioned, by commodity and protocol, as data. */
import type { Commodity } from '@openami/model';

export const commissioningProtocols = ['wmbus', 'lorawan', 'dlms', 'push'] as const;
export type CommissioningProtocol = (typeof commissioningProtocols)[number];

export interface CommissioningDemands {
  /** Its messages are encrypted, and its key must be here. */
  readonly isKeyed: boolean;
  /** Hours from its installation until it is heard. */
  readonly heardWithinH: number;
  /** Hours from when it is heard until its first reading is stored. */
  readonly readingWithinH: number;
  /** Hours from its first reading until there is a full day. */
  readonly completeWithinH: number;
  /** Share of the intervals of a day that must be there, percent. */
  readonly coveragePercent: number;
  /** Strength of the best path, dBm; null for any. */
  readonly minRssiDbm: number | null;
  /** How far its register may be above the start index, m³ or kWh a day of service; null: not compared. */
  readonly maxStartAdvance: number | null;
  /** Channels are made of what it sends, once it is installed and can be read. */
  readonly makesChannels: boolean;
}

export interface DemandRule extends Partial<CommissioningDemands> {
  /** Left out: of any. */
  readonly commodity?: Commodity;
  readonly protocol?: CommissioningProtocol;
}

/** In this order; what a later rule says goes before. */
export const usualDemands: readonly DemandRule[] = [
  {
    ...{ isKeyed: false, heardWithinH: 24, readingWithinH: 24, completeWithinH: 72, coveragePercent: 95 },
    ...{ minRssiDbm: null, maxStartAdvance: null, makesChannels: false },
  },
  { protocol: 'dlms', isKeyed: true },
  // the link of OMS still decodes some dB below: what is planned at the floor is lost with the first rain
  { protocol: 'wmbus', isKeyed: true, heardWithinH: 12, minRssiDbm: -100, makesChannels: true },
  { protocol: 'lorawan', heardWithinH: 48, readingWithinH: 48, minRssiDbm: -120, makesChannels: true },
  // what a household cannot use in a day: a register beyond it is that of another meter
  { commodity: 'water', maxStartAdvance: 20 },
  { commodity: 'gas', maxStartAdvance: 50 },
  { commodity: 'heat', maxStartAdvance: 500 },
  { commodity: 'electricity', maxStartAdvance: 500 },
];

/** The demands for a meter. */
export function demandsFor(
  rules: readonly DemandRule[],
  meter: { readonly commodity: Commodity; readonly protocol: CommissioningProtocol },
): CommissioningDemands {
  let demands: Partial<CommissioningDemands> = {};
  for (const { commodity, protocol, ...said } of [...usualDemands, ...rules]) {
    if (commodity !== undefined && commodity !== meter.commodity) continue;
    if (protocol !== undefined && protocol !== meter.protocol) continue;
    demands = { ...demands, ...said };
  }
  // the first rule says all of them
  return demands as CommissioningDemands;
}

/** What is delivered, with the codes standards give it. */
export type Commodity = 'electricity' | 'gas' | 'water' | 'heat';

export interface CommodityRow {
  /** CIM and ESPI CommodityKind (ESPI 4.0): what we send. */
  readonly cim: number;
  /** Other CommodityKind codes read as this commodity. */
  readonly cimAlso: readonly number[];
  /** ESPI ServiceKind of the usage point. */
  readonly serviceKind: number;
  /** Base units of what is metered, the usual one first. */
  readonly baseUnits: readonly [string, ...string[]];
  /** Unit people read. */
  readonly displayUnit: string;
}

export const commodityTable: Readonly<Record<Commodity, CommodityRow>> = {
  electricity: {
    cim: 1,
    cimAlso: [2, 26],
    serviceKind: 0,
    baseUnits: ['Wh', 'varh', 'VAh'],
    displayUnit: 'kWh',
  },
  gas: { cim: 7, cimAlso: [8], serviceKind: 1, baseUnits: ['L', 'Wh'], displayUnit: 'm3' },
  water: { cim: 9, cimAlso: [11, 14], serviceKind: 2, baseUnits: ['L'], displayUnit: 'm3' },
  heat: { cim: 12, cimAlso: [10, 13], serviceKind: 4, baseUnits: ['Wh', 'L'], displayUnit: 'kWh' },
};

/** Every commodity, in the order people expect. */
export const commodities: readonly Commodity[] = ['electricity', 'gas', 'water', 'heat'];

export function isCommodity(text: string): text is Commodity {
  return Object.hasOwn(commodityTable, text);
}

/** Commodity of a CIM/ESPI CommodityKind, or undefined (0 is "not applicable"). */
export function commodityFromCim(code: number): Commodity | undefined {
  return commodities.find((name) => {
    const row = commodityTable[name];
    return row.cim === code || row.cimAlso.includes(code);
  });
}

/** Commodity of an ESPI ServiceKind, or undefined. */
export function commodityFromServiceKind(kind: number): Commodity | undefined {
  return commodities.find((name) => commodityTable[name].serviceKind === kind);
}

/** Mean rates and the amounts they add up to over an interval. */

export interface Rate {
  /** Unit of the amount. */
  readonly amount: string;
  /** Seconds in which the rate gives one unit of the amount. */
  readonly perS: number;
}

/** By the symbol of the rate's unit, as the model spells it. */
export const rates: Readonly<Record<string, Rate>> = {
  W: { amount: 'Wh', perS: 3600 },
  kW: { amount: 'kWh', perS: 3600 },
  MW: { amount: 'MWh', perS: 3600 },
  var: { amount: 'varh', perS: 3600 },
  kvar: { amount: 'kvarh', perS: 3600 },
  VA: { amount: 'VAh', perS: 3600 },
  kVA: { amount: 'kVAh', perS: 3600 },
  'L/s': { amount: 'L', perS: 1 },
  'L/h': { amount: 'L', perS: 3600 },
  'm3/h': { amount: 'm3', perS: 3600 },
};

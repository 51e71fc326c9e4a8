/** Records of the OpenEI Utility Rate Database: the fields that make a bill. */
import { type Static, Type } from 'typebox';

const Amount = Type.Optional(Type.Number());
const Name = Type.Optional(Type.String({ maxLength: 2_000 }));
const UrdbTier = Type.Object({
  max: Amount,
  rate: Amount,
  adj: Amount,
  sell: Amount,
  unit: Type.Optional(Type.String({ maxLength: 40 })),
});
const Structure = Type.Optional(
  Type.Array(Type.Array(UrdbTier, { minItems: 1, maxItems: 100 }), { maxItems: 100 }),
);
const Schedule = Type.Optional(
  Type.Array(Type.Array(Type.Integer({ minimum: 0, maximum: 99 }), { minItems: 24, maxItems: 24 }), {
    minItems: 12,
    maxItems: 12,
  }),
);
const TwelveNumbers = Type.Optional(Type.Array(Type.Number(), { minItems: 12, maxItems: 12 }));

/** Other fields are passed over. */
export const UrdbRate = Type.Object({
  label: Name,
  utility: Name,
  name: Name,
  uri: Name,
  /** Unix seconds at local midnight. */
  startdate: Type.Optional(Type.Integer()),
  enddate: Type.Optional(Type.Integer()),
  energyratestructure: Structure,
  energyweekdayschedule: Schedule,
  energyweekendschedule: Schedule,
  fueladjustmentsmonthly: TwelveNumbers,
  demandratestructure: Structure,
  demandweekdayschedule: Schedule,
  demandweekendschedule: Schedule,
  demandrateunit: Name,
  demandwindow: Amount,
  demandratchetpercentage: TwelveNumbers,
  demandreactivepowercharge: Amount,
  flatdemandstructure: Structure,
  flatdemandmonths: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0, maximum: 99 }), { minItems: 12, maxItems: 12 }),
  ),
  flatdemandunit: Name,
  lookbackpercent: Amount,
  lookbackmonths: TwelveNumbers,
  lookbackrange: Amount,
  coincidentratestructure: Structure,
  coincidentrateschedule: Schedule,
  coincidentrateunit: Name,
  fixedchargefirstmeter: Amount,
  fixedchargeunits: Name,
  fixedmonthlycharge: Amount,
  mincharge: Amount,
  minchargeunits: Name,
  minmonthlycharge: Amount,
  annualmincharge: Amount,
  dgrules: Name,
});
export type UrdbRate = Static<typeof UrdbRate>;
export type UrdbTierRow = Static<typeof UrdbTier>;

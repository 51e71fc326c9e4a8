/**
 * What of a record of the Utility Rate Database its tariff does not say, or says by a convention: each with
 * the field it is about. Nothing that could change a bill is passed over in silence.
 */

import type { TariffFault } from '../tariff/faults.ts';
import { periodsIn } from '../tariff/month-hours.ts';
import { DEFAULT_WINDOW_MINUTES, isEndless, type UrdbOptions } from './import.ts';
import { urdbRecord } from './records.ts';
import { UrdbRate } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;
/** Of a field of a record. */
type Note = TariffFault;
type Tell = (path: string, message: string) => void;

const MOST_NOTES = 100;
const MOST_WORDS = 400;

/** Who may have the rate. */
const eligibility = [
  ...['peakkwcapacitymin', 'peakkwcapacitymax', 'peakkwcapacityhistory', 'peakkwhusagemin'],
  ...['peakkwhusagemax', 'peakkwhusagehistory', 'voltageminimum', 'voltagemaximum', 'voltagecategory'],
  ...['phasewiring', 'sector'],
] as const;

/** What no bill depends on, and what the notes above name. */
const passed: ReadonlySet<string> = new Set([
  ...Object.keys(UrdbRate.properties),
  ...eligibility,
  ...['approved', 'is_default', 'supercedes', 'supersedes', 'source', 'sourceparent', 'eiaid', 'revisions'],
  ...['version', 'latest_update', 'country', 'servicetype', 'fixedchargeeaaddl'],
]);

/** What a person should know of a record that became a tariff. */
export function urdbNotes(data: unknown, options: UrdbOptions = {}): readonly Note[] {
  const { record } = urdbRecord(data, options);
  const fields = record as Fields & UrdbRate;
  const notes: Note[] = [];
  const tell: Tell = (path, message) => {
    if (notes.length < MOST_NOTES) notes.push({ path, message: message.slice(0, MOST_WORDS) });
  };
  headNotes(fields, tell);
  energyNotes(fields, tell);
  demandNotes(fields, tell);
  fixedNotes(fields, tell);
  restNotes(fields, tell);
  return notes;
}

function isSaid(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSaid);
  return value !== undefined && value !== null && value !== '' && value !== false && value !== 0;
}

function headNotes(fields: Fields & UrdbRate, tell: Tell): void {
  const { country, servicetype } = fields;
  tell('', 'Prices are taken to be in USD by the kWh: a record names no currency.');
  if (isSaid(country) && country !== 'USA')
    tell('country', `The rate is of ${String(country)}: set the currency its prices are in.`);
  if (typeof servicetype === 'string' && servicetype !== '' && servicetype !== 'Bundled')
    tell('servicetype', `The rate is of ${servicetype} alone: what else is charged is on another one.`);
  const said = eligibility.filter((field) => isSaid(fields[field]));
  if (said.length > 0) {
    const words = said.map((field) => `${field} ${String(fields[field])}`).join(', ');
    tell(said[0]!, `Who may have it is not kept: give it only to those it is for (${words}).`);
  }
  if (fields.enddate !== undefined)
    tell('enddate', 'It is over after this day: take out effectiveTo to go on with it.');
}

function scheduleNotes(fields: Fields & UrdbRate, kind: 'energy' | 'demand', tell: Tell): void {
  const [structure, weekday, weekend] = (
    ['ratestructure', 'weekdayschedule', 'weekendschedule'] as const
  ).map((part) => fields[`${kind}${part}`]) as [
    UrdbRate['energyratestructure'],
    UrdbRate['energyweekdayschedule'],
    UrdbRate['energyweekdayschedule'],
  ];
  if (!isSaid(structure?.flat().flatMap(({ rate, adj, sell }) => [rate, adj, sell]))) return;
  const name = `${kind}weekdayschedule`;
  if (weekday === undefined) {
    const what = kind === 'energy' ? 'the first period holds at all hours' : 'its prices are left out';
    tell(name, `There is no schedule: ${what}.`);
  } else {
    if (weekend === undefined) tell(`${kind}weekendschedule`, 'There is none: weekends are like weekdays.');
    else if (JSON.stringify(weekday) !== JSON.stringify(weekend))
      tell(name, 'The database has no holidays: they are billed like their day of the week. Add yours.');
    const used = new Set(periodsIn(weekday, weekend ?? weekday));
    const unused = structure!.flatMap((_, i) => (used.has(i) ? [] : [i]));
    if (unused.length > 0)
      tell(`${kind}ratestructure`, `No hour has period ${unused.join(', ')}: it is left out.`);
  }
}

/** Rows of a structure whose limits go on after one without end, or that do not rise. */
function lastLimitNote(field: string, structure: UrdbRate['energyratestructure'], tell: Tell): void {
  const ended = structure?.findIndex((rows) => !isEndless(rows.at(-1)?.max)) ?? -1;
  if (ended >= 0)
    tell(
      `${field}[${ended}]`,
      'The last tier ends: in the tariff it goes on, so that all that is used is billed.',
    );
}

function energyNotes(fields: Fields & UrdbRate, tell: Tell): void {
  scheduleNotes(fields, 'energy', tell);
  lastLimitNote('energyratestructure', fields.energyratestructure, tell);
  const sells = isSaid(fields.energyratestructure?.flat().map(({ sell }) => sell));
  const { dgrules = '' } = fields;
  if (sells && (dgrules === '' || dgrules === 'Net Metering'))
    tell('energyratestructure', `Prices of \`sell\` are left out: with dgrules '${dgrules}' none is paid.`);
  if (dgrules === 'Net Metering')
    tell('dgrules', 'When the bank is settled, and at what price, is not said: see trueUpMonth and trueUp.');
}

function demandNotes(fields: Fields & UrdbRate, tell: Tell): void {
  scheduleNotes(fields, 'demand', tell);
  const structures = ['flatdemandstructure', 'demandratestructure', 'coincidentratestructure'] as const;
  const priced = structures.filter((field) =>
    isSaid(fields[field]?.flat().map(({ rate, adj }) => [rate, adj])),
  );
  for (const field of structures) lastLimitNote(field, fields[field], tell);
  if (priced.length > 0 && !((fields.demandwindow ?? 0) >= 1))
    tell('demandwindow', `It is not said: demand is the mean of ${DEFAULT_WINDOW_MINUTES} minutes.`);
  if (priced.includes('flatdemandstructure') && fields.flatdemandmonths === undefined)
    tell('flatdemandmonths', 'It is not said: the first period holds in all months.');
  if (priced.includes('coincidentratestructure')) {
    tell('coincidentratestructure', 'The peaks of the system are declared as events `coincident-peak`.');
    if (fields.coincidentrateschedule === undefined)
      tell('coincidentrateschedule', 'It is not said: the first period holds at all hours.');
  }
  ratchetNotes(fields, tell);
}

function ratchetNotes(fields: Fields & UrdbRate, tell: Tell): void {
  const { demandratchetpercentage: shares, lookbackpercent = 0, lookbackrange, lookbackmonths } = fields;
  if (lookbackpercent > 0 && !lookbackrange && !isSaid(lookbackmonths))
    tell('lookbackpercent', 'How far it looks back is not said: it is left out.');
  if (lookbackpercent > 0 && isSaid(shares))
    tell('demandratchetpercentage', 'There is lookbackpercent, too: that one is taken.');
  else if (shares?.some((share) => share > 1) || lookbackpercent > 1)
    tell(isSaid(shares) ? 'demandratchetpercentage' : 'lookbackpercent', 'Above 1 it is read as percent.');
}

function fixedNotes(fields: Fields & UrdbRate, tell: Tell): void {
  const { fixedchargefirstmeter, fixedmonthlycharge, mincharge, minmonthlycharge } = fields;
  if (fixedchargefirstmeter && fields.fixedchargeunits === undefined)
    tell('fixedchargeunits', 'It is not said: the charge is taken to be by the month.');
  if (mincharge && fields.minchargeunits === undefined)
    tell('minchargeunits', 'It is not said: the charge is taken to be by the month.');
  if (fixedchargefirstmeter && fixedmonthlycharge)
    tell('fixedmonthlycharge', 'There is fixedchargefirstmeter, too: that one is taken.');
  if (mincharge && minmonthlycharge) tell('minmonthlycharge', 'There is mincharge, too: that one is taken.');
  if (isSaid(fields.fixedchargeeaaddl))
    tell('fixedchargeeaaddl', 'The charge of each further meter is left out: an agreement has one.');
}

/** Words of people may say what no field does; of a field that is not known nobody knows what it does. */
function restNotes(fields: Fields, tell: Tell): void {
  const unknown: string[] = [];
  for (const [field, value] of Object.entries(fields)) {
    if (passed.has(field) || !isSaid(value)) continue;
    if (/comments$|^description$/.test(field) && typeof value === 'string') tell(field, `It says: ${value}`);
    else unknown.push(field);
  }
  if (unknown.length > 0)
    tell(unknown[0]!, `Not read: ${unknown.slice(0, 30).join(', ')}. See whether the bill depends on it.`);
}

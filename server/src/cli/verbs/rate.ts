/** `openami rate`: a tariff and usage in, the lines of bills out. */
import { isZone } from '@openami/model';
import { type Command, Option } from 'commander';
import { serverErrors } from '../../errors.ts';
import type { CliContext } from '../program.ts';
import { numberOf } from './serve.ts';

interface RateFlags {
  readonly tariff: string;
  readonly label?: string;
  readonly usage: string;
  readonly exportUsage?: string;
  readonly timezone?: string;
  readonly from?: string;
  readonly to?: string;
  readonly convention: 'calendar' | 'sam';
  readonly events?: string;
  readonly prices?: string;
  readonly persons?: string;
  readonly years?: string;
  readonly outputs?: boolean;
}

const example = `
The tariff is a JSON or YAML file: a tariff of OpenAMI (docs/guides/tariffs.md) or a record of the OpenEI
Utility Rate Database. Usage is CSV with a stamp and a value a row (header \`end,kWh\` or \`start,kWh\`),
or any other shape that \`openami vee\` reads; intervals that are not there are missing, never zero. One
bill a calendar month; without --from and --to all of the time of the file.

With --convention sam the tariff may also be an object with inputs of the System Advisor Model (ur_*). Usage
is then a bare column of kW: 8760 or 35040 rows from Monday 1 January, hour by hour, without summer time; more
years follow each other. --outputs adds results under the names of that model.

Output: {"periods":[{"from","to","lines":[...],"total"}],"total"}; amounts are decimal text.

Examples:
  printf 'end,kWh\\n2026-03-01T01:00,1.2\\n2026-03-01T02:00,0.8\\n' > use.csv
  printf '{id: flat, commodity: electricity, currency: EUR,
    versions: [{charges: [{kind: energy, id: energy, price: 0.25}]}]}' > flat.yaml
  openami rate --tariff flat.yaml --usage use.csv --timezone Europe/Berlin --from 2026-03-01 --to 2026-03-02`;

/** Adds the verb. */
export function addRate(program: Command, context: CliContext): void {
  program
    .command('rate')
    .description('rate usage on a tariff')
    .requiredOption('--tariff <file>', 'tariff in JSON or YAML')
    .option('--label <label>', 'of several records of the rate database in that file, the one of this label')
    .requiredOption('--usage <file>', 'CSV of energy drawn, packed with gzip or not')
    .option('--export-usage <file>', 'CSV of energy fed in, on the same intervals')
    .option('--timezone <zone>', 'IANA zone of the usage point')
    .option('--from <date>', 'first local day that is billed')
    .option('--to <date>', 'first local day that is not')
    .addOption(
      new Option('--convention <name>', 'real calendar, or years of 8760 hours')
        .choices(['calendar', 'sam'])
        .default('calendar'),
    )
    .option('--events <file>', 'JSON: windows of events, {"cpp":[{"from","to","baseline"}]}')
    .option('--prices <file>', 'JSON: price series, {"spot":{"start","intervalMinutes","prices":[...]}}')
    .option('--persons <number>', 'persons of the household, for tiers per person')
    .option('--years <number>', 'years to rate (sam); default: as many as the usage has')
    .option('--outputs', "results under SAM's names, too (sam)")
    .addHelpText('after', example)
    .action(async (flags: RateFlags) => {
      const { timezone } = flags;
      if (timezone !== undefined && !isZone(timezone))
        throw serverErrors.USAGE(`--timezone: "${timezone}" is no time zone; Europe/Berlin and +01:00 are`);
      if (flags.convention === 'calendar' && timezone === undefined)
        throw serverErrors.USAGE('--timezone is needed: days and hours are local, e.g. Europe/Berlin');
      const { runRate } = await import('../rate/run.ts');
      await runRate(context, {
        ...{ tariff: flags.tariff, label: flags.label, usage: flags.usage, exportUsage: flags.exportUsage },
        ...{ timezone, from: flags.from, to: flags.to, convention: flags.convention },
        ...{ events: flags.events, prices: flags.prices, outputs: flags.outputs ?? false },
        persons: numberOf('--persons', flags.persons),
        years: numberOf('--years', flags.years),
      });
    });
}

/**
 * `openami vee`: validates and estimates a file of readings; `openami vee score` measures both on real
 * ones.
 */
import { readFile, stat } from 'node:fs/promises';
import { commodities, isZone } from '@openami/model';
import { type Command, Option } from 'commander';
import { serverErrors } from '../../errors.ts';
import { parseMappingText } from '../../imports/options.ts';
import type { CliContext } from '../program.ts';
import type { ReadAs } from '../vee/read-as.ts';
import { numberOf } from './serve.ts';

/** Flags of both commands. */
interface ReadFlags {
  readonly input?: string;
  readonly interval?: string;
  readonly timezone?: string;
  readonly clock?: string;
  readonly unit?: string;
  readonly commodity?: string;
  readonly label?: string;
  readonly values?: string;
  readonly mapping?: string;
  readonly rules?: string;
}

interface VeeFlags extends ReadFlags {
  readonly registers?: string;
  readonly findings?: boolean;
}

interface ScoreFlags extends ReadFlags {
  readonly seed?: string;
  readonly sets?: string;
  readonly gaps?: string;
  readonly trials?: string;
  readonly processes?: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const example = `
One JSON line an interval: end, raw, value, state, reasons, method, and for estimates the bounds (lower,
upper) that hold the truth in 9 of 10 cases. CSV of any shape that \`openami import csv FILE --preview\`
understands: a column a meter, or rows of meter, stamp and value; packed with gzip or not; intervals, or
register reads (with --interval).

Examples:
  printf 'end,kWh\\n%s\\n' 2026-03-29T01:00,1.2 2026-03-29T03:00,1.4 2026-03-29T05:00,1.1 > day.csv
  openami vee --input day.csv --interval 60 --timezone Europe/Berlin
  openami vee --input load.csv.gz --interval 15 --timezone Europe/Berlin --registers reads.csv --findings`;

const scoreExample = `
Gaps of 1 to 168 hours are made in the readings, filled by every method and by the ladder, and compared
with what was measured; faults are injected, and what the rules find of them is counted. The same seed gives
the same figures.

Examples:
  openami vee score --input load.csv.gz --timezone Europe/Berlin --seed 1
  openami vee score --input DATA --sets docs/conformance/vee-sets.yaml --seed 1 --markdown`;

/** Adds the verb. */
export function addVee(program: Command, context: CliContext): void {
  const vee = readFlags(program.command('vee').enablePositionalOptions())
    .description('validate and estimate readings of a file')
    .option('--registers <file>', 'register reads of the same meters, that estimates must add up to')
    .option('--findings', 'a JSON line for every finding on standard error, in place of a summary')
    .addHelpText('after', example)
    .action(async (flags: VeeFlags) => {
      const { runVee } = await import('../vee/run.ts');
      await runVee(context, {
        ...{ input: await fileOf('--input', inputOf(flags)), as: await readAsOf(flags) },
        registers: flags.registers === undefined ? undefined : await fileOf('--registers', flags.registers),
        rules: flags.rules,
        findings: flags.findings ?? false,
      });
    });
  readFlags(vee.command('score'))
    .description('measure estimates and rules on real readings')
    .option('--seed <number>', 'draws the gaps and faults', '1')
    .option('--sets <file>', 'YAML that says how the files below --input are to be read')
    .option('--gaps <number>', 'gaps of each length in each channel', '6')
    .option('--trials <number>', 'trials of each fault in each channel', '2')
    .option('--processes <number>', 'that share the work; default: one a processor')
    .option('--json', 'one JSON object on standard output')
    .option('--markdown', 'the figures as a page')
    .addHelpText('after', scoreExample)
    .action(async (flags: ScoreFlags) => {
      const { runScore } = await import('../vee/score.ts');
      await runScore(context, {
        ...{ input: inputOf(flags), as: await readAsOf(flags), sets: flags.sets },
        rules: flags.rules,
        seed: numberOf('--seed', flags.seed)!,
        gaps: numberOf('--gaps', flags.gaps)!,
        trials: numberOf('--trials', flags.trials)!,
        processes: numberOf('--processes', flags.processes),
        format: flags.markdown ? 'markdown' : flags.json ? 'json' : 'records',
      });
    });
}

function readFlags(command: Command): Command {
  return command
    .option('--input <path>', 'CSV file, packed with gzip or not; for `score` also a folder')
    .option('--interval <minutes>', 'minutes of one interval; default: as the file suggests')
    .option('--timezone <zone>', 'IANA zone of the meters: of their days, and of stamps without an offset')
    .option('--clock <zone>', 'clock of the stamps where it is another: +01:00 for standard time all year')
    .option('--unit <unit>', 'unit of columns that state none, e.g. kWh')
    .addOption(new Option('--commodity <name>', 'what is measured').choices([...commodities]))
    .addOption(new Option('--label <word>', 'what a stamp names of its interval').choices(['start', 'end']))
    .addOption(
      new Option('--values <word>', 'what the numbers are').choices(['interval', 'register', 'mean']),
    )
    .option('--mapping <json>', 'column mapping of `openami import`: JSON, or a file with JSON')
    .option('--rules <file>', 'rule set: a YAML file, or default, california, ontario, texas, aemo');
}

/** Not an option that Commander requires: it would ask the parent of `score` for it as well. */
function inputOf({ input }: ReadFlags): string {
  if (input === undefined) throw serverErrors.USAGE('--input is needed: a CSV file');
  return input;
}

async function fileOf(flag: string, path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw serverErrors.USAGE(`${flag}: ${path} is not a file`);
  return path;
}

async function readAsOf(flags: ReadFlags): Promise<ReadAs> {
  const { timezone, clock, unit, commodity, label, values } = flags;
  for (const [flag, zone] of [
    ['--timezone', timezone],
    ['--clock', clock],
  ] as const) {
    if (zone !== undefined && !isZone(zone))
      throw serverErrors.USAGE(`${flag}: "${zone}" is no time zone; Europe/Berlin and +01:00 are`);
  }
  const intervalMinutes = numberOf('--interval', flags.interval);
  if (intervalMinutes === 0) throw serverErrors.USAGE('--interval wants minutes above 0');
  const mapping = flags.mapping === undefined ? undefined : await mappingOf(flags.mapping);
  return {
    ...(timezone === undefined ? {} : { zone: timezone }),
    ...(clock === undefined ? {} : { clock }),
    ...(unit === undefined ? {} : { unit }),
    ...(commodity === undefined ? {} : { commodity: commodity as ReadAs['commodity'] }),
    ...(label === undefined ? {} : { label: label as ReadAs['label'] }),
    ...(values === undefined ? {} : { values: values as ReadAs['values'] }),
    ...(intervalMinutes === undefined ? {} : { intervalMinutes }),
    ...(mapping === undefined ? {} : { mapping }),
  };
}

async function mappingOf(given: string): Promise<ReadAs['mapping']> {
  const text = given.trimStart().startsWith('{')
    ? given
    : await readFile(given, 'utf8').catch((error: Error) => {
        throw serverErrors.USAGE(`--mapping: ${error.message}`);
      });
  return parseMappingText(text) as ReadAs['mapping'];
}

/** The `openami` command: its verbs, their help, and how their errors become exit codes. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { version } from '../version.ts';
import { type ExitCode, type Output, printError, processOutput } from './output.ts';

/** What a verb works with. */
export interface CliContext {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  /** A verb that ran and found bad data says so here. */
  exitCode: ExitCode;
}

/** In the order of help. A verb's modules are loaded when it is asked for: all of them take a second. */
const verbs = {
  serve: async () => (await import('./verbs/serve.ts')).addServe,
  demo: async () => (await import('./verbs/demo.ts')).addDemo,
  import: async () => (await import('./verbs/import.ts')).addImport,
  export: async () => (await import('./verbs/export.ts')).addExport,
  decode: async () => (await import('./verbs/decode.ts')).addDecode,
  model: async () => (await import('./verbs/model.ts')).addModel,
  read: async () => (await import('./verbs/read.ts')).addRead,
  vee: async () => (await import('./verbs/vee.ts')).addVee,
  bill: async () => (await import('./verbs/bill.ts')).addBill,
  rate: async () => (await import('./verbs/rate.ts')).addRate,
  sim: async () => (await import('./verbs/sim.ts')).addSim,
  bench: async () => (await import('./verbs/bench.ts')).addBench,
  backup: async () => (await import('./verbs/backup.ts')).addBackup,
  doctor: async () => (await import('./verbs/doctor.ts')).addDoctor,
  user: async () => (await import('./verbs/user.ts')).addUser,
  token: async () => (await import('./verbs/token.ts')).addToken,
  keys: async () => (await import('./verbs/keys.ts')).addKeys,
  commission: async () => (await import('./verbs/commission.ts')).addCommission,
};
type Verb = keyof typeof verbs;

const help = `
Examples:
  openami demo                              a small utility with simulated meters, on http://localhost:8080
  openami serve                             the server on ./data
  openami import csv load.csv --zone Europe/Berlin --unit kWh --register-missing
  openami export csv --meter OA1000001 --from 2026-03-01 --to 2026-04-01
  openami vee --input load.csv --interval 15 --timezone Europe/Berlin
  openami rate --tariff tariff.yaml --usage load.csv --timezone Europe/Berlin
  openami doctor                            what is wrong, and what to do

Configuration: OPENAMI_* variables or a YAML file (--config); \`openami doctor\` lists every key.`;

/** Builds the command, with the verbs that are named; usually all. */
export async function buildProgram(
  context: CliContext,
  named: readonly Verb[] = Object.keys(verbs) as Verb[],
): Promise<Command> {
  const program = new Command('openami')
    .description('Open advanced metering infrastructure: meters, readings and the people who use them')
    .version(version)
    // flags after `vee score` are those of `score`, though `vee` has them too
    .enablePositionalOptions()
    .addHelpText('after', help)
    .configureOutput({ writeOut: context.output.out, writeErr: context.output.err })
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .showHelpAfterError('Run it with --help for an example that works.');
  for (const name of named) (await verbs[name]())(program, context);
  return program;
}

/** Help says which options must be given. */
function describeOption(option: Option): string {
  const text = new Help().optionDescription(option);
  return option.mandatory ? `${text} (required)` : text;
}

/** Runs the command; resolves with its exit code and never throws. */
export async function runCommand(
  args: readonly string[],
  { output = processOutput, env = process.env }: { output?: Output; env?: NodeJS.ProcessEnv } = {},
): Promise<ExitCode> {
  const context: CliContext = { output, env, exitCode: 0 };
  try {
    const [first = ''] = args;
    const program = await buildProgram(context, Object.hasOwn(verbs, first) ? [first as Verb] : undefined);
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(output, error);
  }
}

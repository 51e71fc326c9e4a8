/** The `openami` command: its verbs, their help, and how their errors become exit codes. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { version } from '../version.ts';
import { type ExitCode, type Output, printError, processOutput } from './output.ts';
import { addBackup } from './verbs/backup.ts';
import { addBench } from './verbs/bench.ts';
import { addDecode } from './verbs/decode.ts';
import { addDemo } from './verbs/demo.ts';
import { addDoctor } from './verbs/doctor.ts';
import { addExport } from './verbs/export.ts';
import { addImport } from './verbs/import.ts';
import { addKeys } from './verbs/keys.ts';
import { addModel } from './verbs/model.ts';
import { addRate } from './verbs/rate.ts';
import { addRead } from './verbs/read.ts';
import { addServe } from './verbs/serve.ts';
import { addSim } from './verbs/sim.ts';
import { addToken } from './verbs/token.ts';
import { addUser } from './verbs/user.ts';
import { addVee } from './verbs/vee.ts';

/** What a verb works with. */
export interface CliContext {
  readonly output: Output;
  readonly env: NodeJS.ProcessEnv;
  /** A verb that ran and found bad data says so here. */
  exitCode: ExitCode;
}

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

/** Builds the command. */
export function buildProgram(context: CliContext): Command {
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
  for (const add of [
    addServe,
    addDemo,
    addImport,
    addExport,
    addDecode,
    addModel,
    addRead,
    addVee,
    addRate,
    addSim,
    addBench,
    addBackup,
    addDoctor,
    addUser,
    addToken,
    addKeys,
  ]) {
    add(program, context);
  }
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
    await buildProgram(context).parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return printError(output, error);
  }
}

/** Flags every verb has, and the configuration that follows from them. */
import type { Command } from 'commander';
import { type Config, loadConfig, type ServerRole, unknownVariables } from '../config.ts';
import { createLog, type Logger } from '../log.ts';
import type { CliContext } from './program.ts';

export interface CommonFlags {
  readonly config?: string;
  readonly dataDir?: string;
}

/** Adds the flags. */
export function commonFlags(command: Command): Command {
  return command
    .option('--config <file>', 'YAML file with the configuration (OPENAMI_CONFIG)')
    .option('--data-dir <folder>', 'folder of everything that is kept (OPENAMI_DATA_DIR)');
}

/** The configuration of a verb; tells of variables that look like ours and mean nothing. */
export function configOf(
  { env, output }: CliContext,
  flags: CommonFlags & { port?: number; host?: string; roles?: ServerRole[] },
): Config {
  const { config, dataDir, port, host, roles } = flags;
  for (const name of unknownVariables(env)) output.err(`${name} means nothing to OpenAMI: is it misspelt?\n`);
  return loadConfig(env, { config, dataDir, port, host, roles });
}

/** The log of a verb: pretty on a terminal. */
export function logOf(config: Config): Logger {
  return createLog(config.logLevel, process.stderr.isTTY ?? false);
}

/** The log of verbs whose output is for people: only what is wrong. */
export function quietLog(): Logger {
  return createLog('error', process.stderr.isTTY ?? false);
}

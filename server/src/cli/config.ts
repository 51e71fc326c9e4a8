/** The configuration of a verb, by its flags. */
import { type Config, loadConfig, type ServerRole, unknownVariables } from '../config.ts';
import { createLog, type Logger } from '../log.ts';
import type { CommonFlags } from './common-flags.ts';
import type { CliContext } from './program.ts';

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

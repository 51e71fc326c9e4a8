/** `openami serve`: the server. */
import type { Command } from 'commander';
import type { RunningServer } from '../../compose.ts';
import { type ServerRole, serverRoles } from '../../config.ts';
import { serverErrors } from '../../errors.ts';
import { launchServer } from '../../start.ts';
import { refuseSecond } from '../client.ts';
import { type CommonFlags, commonFlags, configOf, logOf } from '../config.ts';
import { endOnFault } from '../fatal.ts';
import type { CliContext } from '../program.ts';

interface ServeFlags extends CommonFlags {
  readonly port?: string;
  readonly host?: string;
  readonly roles?: string;
}

/** Adds the verb. */
export function addServe(program: Command, context: CliContext): void {
  commonFlags(program.command('serve'))
    .description('run the server: head-end, worker and API')
    .option('--port <number>', 'port of the HTTP server (OPENAMI_PORT)')
    .option('--host <address>', 'address it listens on (OPENAMI_HOST)')
    .option('--roles <list>', 'what this process does: headend,worker,api (OPENAMI_ROLES)')
    .addHelpText('after', '\nExample:\n  OPENAMI_DATA_DIR=/var/lib/openami openami serve --port 8080')
    .action(async (flags: ServeFlags) => {
      const config = configOf(context, {
        ...flags,
        port: numberOf('--port', flags.port),
        roles: rolesOf(flags.roles),
      });
      await refuseSecond(config);
      const log = logOf(config);
      let server: RunningServer | undefined;
      endOnFault(log, async () => server?.close());
      server = await launchServer({ config, log, onFatal: () => process.exit(1) });
      announce(context, server);
      await untilStopped(server);
    });
}

/** A whole number of a flag, or undefined. */
export function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw serverErrors.USAGE(`${flag} wants a number, not "${text}"`);
  return Number(text);
}

/** A port of a flag, or undefined. */
export function portOf(flag: string, text: string | undefined): number | undefined {
  const port = numberOf(flag, text);
  if (port !== undefined && port > 65_535) throw serverErrors.USAGE(`${flag} wants 0 to 65535, not ${text}`);
  return port;
}

function rolesOf(text: string | undefined): ServerRole[] | undefined {
  if (text === undefined) return undefined;
  const roles = text.split(',').map((role) => role.trim());
  const wrong = roles.find((role) => !serverRoles.includes(role as ServerRole));
  if (wrong !== undefined)
    throw serverErrors.USAGE(`--roles: "${wrong}" is none of ${serverRoles.join(', ')}`);
  return roles as ServerRole[];
}

/** Says where it serves, and the first administrator's password this once. */
function announce({ output }: CliContext, { url, mqtt, admin }: RunningServer): void {
  output.err(`OpenAMI serves on ${url}\n`);
  for (const front of mqtt) output.err(`Meters connect to ${front.url}\n`);
  if (!admin) return;
  output.err(`First administrator: ${admin.email}\n`);
  if (admin.password === undefined) {
    output.err('Password:            as OPENAMI_ADMIN_PASSWORD says\n');
    return;
  }
  output.err(`Password:            ${admin.password}\n`);
  output.err('It is shown this once; set a new one with `openami user password`.\n');
}

/** Resolves when a signal has stopped the server; a second signal ends the process at once. */
export async function untilStopped(server: { close(): Promise<void> }): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false;
    const stop = () => {
      if (stopping) process.exit(130);
      stopping = true;
      resolve();
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  await server.close();
}

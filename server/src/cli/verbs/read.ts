/** `openami read`: reads a meter now. */
import { logKeys, runSession, SessionLog } from '@openami/headend';
import { mechanisms, protections } from '@openami/wire/dlms';
import { type Command, Option } from 'commander';
import { commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import { FileCounters } from '../counter-file.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';
import { listObjects, readAttribute } from '../read-dlms.ts';
import { accessOf, type ReadFlags, wantedOf, withSecrets } from '../read-flags.ts';

const help = `
Examples:
  openami read dlms --host 192.0.2.7 --obis 1.0.1.8.0.255
  openami read dlms --host 192.0.2.7 --port 4059 --client 1 --auth hls-gmac --security auth-encrypt \\
    --system-title 4F414D0000000001 --guek 000102030405060708090A0B0C0D0E0F \\
    --gak D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF \\
    --obis 1.0.99.1.0.255 --from 2026-03-01 --to 2026-03-02

Secrets may come from the environment, where no process list and no shell history shows them:
  OPENAMI_DLMS_PASSWORD, OPENAMI_DLMS_GUEK, OPENAMI_DLMS_GAK, OPENAMI_DLMS_PRIVATE_KEY.

Invocation counters are kept in the data folder, one file for each key and system title, and are never used
twice. A meter that has seen a higher one refuses: its counter is then read through its public client
(client 16, object 0.0.43.1.0.255) and the reading goes on above it. Where there is no public client, give
--counter and --no-public-client.`;

/** Adds the verb. */
export function addRead(program: Command, context: CliContext): void {
  const read = program
    .command('read')
    .description('read a meter now')
    .addHelpText('after', '\nExample:\n  openami read dlms --host 192.0.2.7 --obis 1.0.1.8.0.255');
  const dlms = commonFlags(read.command('dlms'))
    .description(
      'read a DLMS/COSEM meter: an attribute, a profile, or without --obis the list of its objects',
    )
    .requiredOption('--host <address>', 'address of the meter or its serial server')
    .option('--port <number>', 'its port', '4059')
    .option('--client <number>', 'client address (SAP)', '16')
    .option('--server <number>', 'logical device', '1');
  linkOptions(dlms);
  securityOptions(dlms);
  dlms
    .option('--obis <name>', 'logical name, such as 1.0.99.1.0.255')
    .option('--class <number>', 'interface class; looked up when left out')
    .option('--attribute <number>', 'attribute', '2')
    .option('--from <time>', 'first row of a profile, ISO-8601; UTC when it has no zone')
    .option('--to <time>', 'last row of a profile')
    .option('--log', 'print what was said, decoded, to standard error; no keys and no passwords')
    .option('--json', 'one JSON document on one line (the default when the output is not a terminal)')
    .addHelpText('after', help)
    .action((flags: ReadFlags) => readDlms(context, flags));
}

function linkOptions(command: Command): void {
  command
    .addOption(new Option('--transport <name>', 'framing').choices(['wrapper', 'hdlc']).default('wrapper'))
    .option('--udp', 'over UDP instead of TCP (wrapper)')
    .option('--physical <number>', 'physical device (hdlc)')
    .option('--server-address-size <bytes>', '1, 2 or 4 (hdlc); as few as it takes when left out')
    .option('--mode-e [address]', 'start as IEC 62056-21 mode E (hdlc)')
    .option('--gateway-device <hex>', 'address behind a gateway that speaks the gateway protocol')
    .option('--gateway-network <number>', 'its network behind the gateway, 0 when left out')
    .option('--timeout <seconds>', 'longest silence of the meter', '15');
}

function securityOptions(command: Command): void {
  command
    .addOption(
      new Option('--auth <mechanism>', 'how the two sides prove who they are')
        .choices(Object.keys(mechanisms))
        .default('none'),
    )
    .addOption(
      new Option('--security <protection>', 'protection of every message')
        .choices(Object.keys(protections))
        .default('none'),
    )
    .option('--suite <number>', 'security suite 0, 1 or 2', '0')
    .option('--system-title <hex>', 'ours, 8 bytes')
    .option('--server-system-title <hex>', "the meter's, when another one must be refused")
    .option('--guek <hex>', 'global unicast encryption key')
    .option('--gak <hex>', 'authentication key')
    .option('--password <text>', 'password (lls) or secret (hls)')
    .option('--password-hex <hex>', 'the same, when it is no text')
    .option('--private-key <hex>', 'our signing key (hls-ecdsa)')
    .option('--server-public-key <hex>', "the meter's public key, x and y (hls-ecdsa)")
    .option('--dedicated-key', 'a key of its own for this association')
    .option('--general-ciphering', 'general-glo-ciphering instead of a ciphered form of each service')
    .option('--counter <number>', 'go on at this invocation counter or above')
    .option('--public-client <number>', 'client address that may read the counter', '16')
    .option('--no-public-client', 'do not read the counter of a meter that refuses ours')
    .option('--short-names', 'short name referencing');
}

async function readDlms(context: CliContext, given: ReadFlags): Promise<void> {
  const flags = withSecrets(given, context.env);
  const { output } = context;
  const wanted = wantedOf(flags);
  const { dataDir } = configOf(context, { config: flags.config, dataDir: flags.dataDir });
  const access = accessOf(flags, (title, key, startAt) => new FileCounters(dataDir, title, key, startAt));
  const log = new SessionLog();
  const tell = (words: string): void => output.err(`${words}\n`);
  tell(`connecting to ${access.source.remote}`);
  const shortNames = flags.shortNames ?? false;
  const outcome = await runSession<unknown>(
    access,
    async ({ client, agreement }) => {
      tell('associated');
      const { serverTitle } = agreement;
      const title =
        serverTitle === undefined ? {} : { serverSystemTitle: Buffer.from(serverTitle).toString('hex') };
      if (wanted !== undefined)
        return { ...title, ...(await readAttribute(client, wanted, shortNames, tell)) };
      tell('reading the list of objects');
      return { ...title, objects: await listObjects(client, shortNames) };
    },
    { log },
  );
  if (flags.log) {
    for (const line of log.lines(await logKeys(access))) output.err(`${JSON.stringify(line)}\n`);
  }
  if (!outcome.ok) throw outcome.error;
  const { recoveredAbove } = outcome.stats;
  if (recoveredAbove !== undefined) tell(`the meter had seen counter ${recoveredAbove}; ours go on above it`);
  if (flags.json || !output.tty) printJson(output, outcome.value);
  else output.out(`${JSON.stringify(outcome.value, null, 2)}\n`);
}

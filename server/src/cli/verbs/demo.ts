/** `openami demo`: the server with a simulated utility of 1,000 usage points and devices that publish. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acceleratedClock, systemAccess } from '@openami/model';
import type { DemoMemory, DemoProgress, RadioMeter } from '@openami/sim';
import type { Command } from 'commander';
import type { RunningServer } from '../../compose.ts';
import type { Config } from '../../config.ts';
import { randomSecret, writePrivate } from '../../identity/secrets.ts';
import { demoSecond, type Login } from '../../services/demo-people.ts';
import { whenAvailable } from '../../services/when-available.ts';
import { launchServer } from '../../start.ts';
import { refuseSecond } from '../client.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf, logOf } from '../config.ts';
import { endOnFault } from '../fatal.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';
import { numberOf, untilStopped } from './serve.ts';

interface DemoFlags extends CommonFlags {
  readonly port?: string;
  readonly speed: string;
}

/** The history ends on the 20th: the whole month before it is closed as well, so that it can be billed. */
const demoEnv = {
  OPENAMI_DATA_DIR: './data/demo',
  OPENAMI_LOG_LEVEL: 'warn',
  OPENAMI_CLOSE_BACKLOG_DAYS: '52',
};

/** Adds the verb. */
export function addDemo(program: Command, context: CliContext): void {
  commonFlags(program.command('demo'))
    .description('a small utility with simulated meters and 90 days of history, on http://localhost:8080')
    .option('--port <number>', 'port of the HTTP server (OPENAMI_PORT)')
    .option('--speed <factor>', 'simulated seconds per real second', '60')
    .addHelpText('after', '\nExample:\n  openami demo --port 8080 --speed 120')
    .action(async (flags: DemoFlags) => {
      const port = numberOf('--port', flags.port);
      const speed = numberOf('--speed', flags.speed) ?? 60;
      const env = { ...demoEnv, ...context.env };
      const config = withAdmin(configOf({ ...context, env }, { ...flags, port }));
      await runDemo(context, config, speed);
    });
}

/** The demo's administrator keeps a password of its own in the data folder, so each start can show it. */
function withAdmin(config: Config): Config {
  return {
    ...config,
    adminEmail: config.adminEmail || 'admin@demo.openami.local',
    adminPassword: config.adminPassword || `demo-${randomSecret(9)}`,
  };
}

async function runDemo(context: CliContext, given: Config, speed: number): Promise<void> {
  const { output } = context;
  await refuseSecond(given);
  const { demoBooks, demoStartMs, prepareDemo, repeatFromS, runDemoFleet } = await import('@openami/sim');
  const { networkServer, config } = await withField(given);
  const memory = fileMemory(config.dataDir);
  const startMs = await demoStartMs(memory);
  const clock = acceleratedClock(startMs, speed);
  output.err(`Demo data: ${config.dataDir}\nStarting the stores …\n`);
  const log = logOf(config);
  let started: RunningServer | undefined;
  endOnFault(log, async () => started?.close());
  const onFatal = () => process.exit(1);
  const server = await launchServer({ config, log, clock, clockSpeed: speed, onFatal, holdDays: true });
  started = server;
  const { demoStores, issueFleet } = await import('../../services/demo.ts');
  const credentials = await keepCredentials(server, config);
  await keepToken(server, config.dataDir);
  output.err(`OpenAMI serves on ${friendly(server.url)}\n`);
  const prepared = await withProgress('History', (update) =>
    whenAvailable(() =>
      prepareDemo({
        stores: demoStores(server.context, memory),
        progress: (step) => update(...progressOf(step)),
      }),
    ),
  );
  await server.context.directory.refresh();
  await server.context.heard.load(server.context.store);
  await server.context.vee.begin();
  const { startDemoBilling } = await import('../../services/demo-billing.ts');
  await whenAvailable(() => startDemoBilling(server.context));
  const { startDemoDlms } = await import('../../services/demo-dlms.ts');
  const dlms = await startDemoDlms(server.context, prepared.world);
  const { startDemoPrepay } = await import('../../services/demo-prepay.ts');
  await whenAvailable(() => startDemoPrepay(server.context, dlms.serials));
  const { demoCustomer, demoPrepayCustomer } = await import('../../services/demo-customer.ts');
  const customer = await demoCustomer(server.context);
  const prepay = await demoPrepayCustomer(server.context);
  const books = await demoBooks(prepared);
  const front = server.mqtt[0];
  const fleet = front
    ? await runDemoFleet({
        ...{ demo: prepared, clock, memory, books, without: dlms.serials },
        url: front.url,
        issueCredentials: (users) => issueFleet(server.context, users),
      })
    : undefined;
  const { startDemoAir } = await import('../../services/demo-air.ts');
  const air = await startDemoAir(server.context, {
    ...{ books, sinceS: repeatFromS(prepared), mqttUrl: front?.url, networkServerUrl: networkServer?.url },
  });
  tell(context, server, { credentials, customer, prepay }, air.strangers);
  await untilStopped({
    async close() {
      await Promise.all([fleet?.stop(), air.stop()]);
      await server.close();
      await networkServer?.close();
      await dlms.stop();
    },
  });
}

/** A broker for the simulated network server and a CoAP port, where the configuration names none. */
async function withField(config: Config) {
  const { startBareBroker } = await import('@openami/headend');
  const { freeCoapPort } = await import('../../services/demo-air.ts');
  const coapPort = config.coapPort || (await freeCoapPort());
  if (config.lorawanMqttUrl !== '') return { networkServer: undefined, config: { ...config, coapPort } };
  const networkServer = await startBareBroker();
  return { networkServer, config: { ...config, coapPort, lorawanMqttUrl: networkServer.url } };
}

function progressOf({ stage, done, total, readings }: DemoProgress): [number, string] {
  const words = stage === 'registry' ? 'registering' : `${readings.toLocaleString('en')} readings`;
  return [total === 0 ? 1 : done / total, words];
}

function tell(
  { output }: CliContext,
  server: RunningServer,
  { credentials: { email, password, second }, customer, prepay }: Logins,
  strangers: readonly RadioMeter[],
): void {
  const [stranger] = strangers;
  output.err(
    [
      '',
      `  Console   ${friendly(server.url)}`,
      `  Sign in   ${email}`,
      `  Password  ${password}`,
      ...(second === undefined
        ? []
        : [
            `  Second    ${second.email}, who approves what the first asked for`,
            `  Password  ${second.password}`,
          ]),
      ...(customer === undefined
        ? []
        : [
            '',
            `  Portal    ${friendly(server.url)}/portal/`,
            `  Customer  ${customer.email}`,
            `  Password  ${customer.password}`,
            ...(prepay === undefined
              ? []
              : [`  Prepay    ${prepay.email}, who runs out soon`, `  Password  ${prepay.password}`]),
            '',
          ]),
      `  API       ${friendly(server.url)}/docs`,
      `  MQTT      ${server.mqtt[0]?.url ?? 'external broker'}`,
      ...(stranger === undefined ? [] : ['', ...firstStep(stranger)]),
      '',
      '  Press Ctrl+C to stop; the next start goes on from here.',
      '',
    ].join('\n'),
  );
}

/** Something to try by hand: a meter that is heard, and the key of its delivery note. */
function firstStep({ name, key }: RadioMeter): string[] {
  return [
    '  Try it    Devices, Heard over the air: register the neighbour’s water meter',
    `            ${name} with its key ${Buffer.from(key).toString('hex')}`,
  ];
}

/** People read `localhost` more easily; the session cookie does not care. */
function friendly(url: string): string {
  return url.replace('//127.0.0.1:', '//localhost:');
}

interface Logins {
  readonly credentials: Credentials;
  readonly customer: Login | undefined;
  readonly prepay: Login | undefined;
}

interface Credentials extends Login {
  /** Whatever needs two people needs this one. */
  readonly second?: Login;
}

async function keepCredentials({ admin, context }: RunningServer, config: Config): Promise<Credentials> {
  const path = join(config.dataDir, 'demo-credentials.json');
  const made: Credentials | undefined = admin && { email: admin.email, password: config.adminPassword };
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const known =
    made ??
    (text === undefined
      ? { email: config.adminEmail, password: '(as you set it)' }
      : (JSON.parse(text) as Credentials));
  const second = known.second ?? (await demoSecond(context));
  const kept: Credentials = { ...known, ...(second && { second }) };
  if (made || kept.second !== known.second) writePrivate(path, `${JSON.stringify(kept)}\n`);
  return kept;
}

/** A read-only token for scripts, kept in `demo-token` and made anew when it no longer works. */
async function keepToken({ context }: RunningServer, dataDir: string): Promise<void> {
  const path = join(dataDir, 'demo-token');
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  const { tokens } = context.registry;
  if (kept !== '' && (await tokens.verify(systemAccess, kept))) return;
  const { secret } = await tokens.issue(systemAccess, { name: 'demo', role: 'viewer' });
  writePrivate(path, `${secret}\n`);
}

/** The demo's memory is a file that is replaced whole. */
function fileMemory(dataDir: string): DemoMemory {
  const path = join(dataDir, 'demo-state.json');
  return {
    load: () => readFile(path, 'utf8').catch(() => undefined),
    async save(text) {
      await writeFile(`${path}.part`, text);
      await rename(`${path}.part`, path);
    },
  };
}

/** `openami sim`: simulated meters for anyone's client. */
import { readFile } from 'node:fs/promises';
import { nodeCrypto } from '@openami/headend';
import { formatDay, systemClock } from '@openami/model';
import type {
  DlmsEndpoint,
  DlmsFleet,
  DlmsFleetShape,
  MeterFaultScript,
  PushTarget,
  SegmentScript,
} from '@openami/sim';
import { type MeterDescription, mechanisms, type ProtectionName, protections } from '@openami/wire/dlms';
import { type Command, Option } from 'commander';
import { serverErrors } from '../../errors.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';
import { numberOf, portOf, untilStopped } from './serve.ts';
import { addSimAir } from './sim-air.ts';

/** A hundred years. */
const mostDays = 36_525;

interface SimFlags {
  readonly host: string;
  readonly port?: string;
  readonly meters?: string;
  readonly gateway?: boolean;
  readonly connect?: string;
  readonly transport: NonNullable<DlmsFleetShape['transport']>;
  readonly udp?: boolean;
  readonly auth: NonNullable<DlmsFleetShape['mechanism']>;
  readonly security?: ProtectionName;
  readonly suite: string;
  readonly seed?: string;
  readonly days?: string;
  readonly profile?: string;
  readonly push?: string;
  readonly pushEvery?: string;
  readonly script?: string;
  readonly json?: boolean;
}

/** Segments with the share of the meters in them, and faults. */
interface SimScript {
  readonly segments: readonly (SegmentScript & { readonly share?: number })[];
  readonly faults: readonly MeterFaultScript[];
}

const help = `
A line of JSON is printed for each meter: how it is reached, its clients, its system title and the keys of the
demo seed. Client 1 manages (--auth, --security), 2 reads (lls), 16 is public.

Examples:
  openami sim dlms --port 4059 --meters 1
  openami sim dlms --port 20000 --meters 100 --transport hdlc --gateway
  openami sim dlms --meters 10 --connect 127.0.0.1:4060 --suite mixed
  openami sim dlms --port 4059 --meters 1 --push 127.0.0.1:4061 --push-every 60`;

/** Adds the verb. */
export function addSim(program: Command, context: CliContext): void {
  const sim = program
    .command('sim')
    .description('simulated meters for anyone’s client')
    .addHelpText('after', '\nExample:\n  openami sim dlms --port 4059 --meters 10');
  addSimAir(sim, context);
  sim
    .command('dlms')
    .description('DLMS/COSEM meters on real sockets, until stopped')
    .option('--host <address>', 'where they listen', '127.0.0.1')
    .option('--port <number>', 'port of the first; the others are on the ports after it', '4059')
    .option('--meters <number>', 'how many', '1')
    .option('--gateway', 'all behind one port, where the server address selects the meter')
    .option('--connect <host:port>', 'they connect there and stay, instead of listening')
    .addOption(
      new Option('--transport <name>', 'framing').choices(['wrapper', 'hdlc', 'mixed']).default('wrapper'),
    )
    .option('--udp', 'over UDP instead of TCP (wrapper)')
    .addOption(
      new Option('--auth <mechanism>', 'of client 1').choices(Object.keys(mechanisms)).default('hls-gmac'),
    )
    .addOption(
      new Option('--security <protection>', 'least protection of the messages of client 1').choices(
        Object.keys(protections),
      ),
    )
    .addOption(
      new Option('--suite <number>', 'security suite').choices(['0', '1', '2', 'mixed']).default('0'),
    )
    .option('--seed <number>', 'keys and readings follow from it', '1')
    .option('--days <number>', 'days of history', '7')
    .option('--profile <file>', 'model of the meters, as JSON')
    .option('--push <host:port>', 'where they push to')
    .option('--push-every <seconds>', 'how often each pushes')
    .option('--script <file>', 'segments of the network and faults, as JSON')
    .option('--json', 'JSON lines on a terminal too')
    .addHelpText('after', help)
    .action((flags: SimFlags) => simulate(context, flags));
}

async function simulate(context: CliContext, flags: SimFlags): Promise<void> {
  const { output } = context;
  const fleet = await fleetOf(flags, output.err.bind(output));
  await fleet.start();
  for (const endpoint of fleet.endpoints) {
    const line = { ...endpoint, read: commandsFor(endpoint) };
    if (flags.json || !output.tty) printJson(output, line);
    else output.out(`${JSON.stringify(line, null, 2)}\n`);
  }
  output.err(`${fleet.endpoints.length} meters run; Ctrl+C stops them.\n`);
  const everyS = numberOf('--push-every', flags.pushEvery);
  const push = (): void => void fleet.push(fleet.meters);
  if (flags.push !== undefined) push();
  const timer = everyS === undefined ? undefined : setInterval(push, Math.max(1, everyS) * 1000);
  await untilStopped({
    async close() {
      clearInterval(timer);
      await fleet.stop();
    },
  });
}

async function fleetOf(flags: SimFlags, tell: (words: string) => void): Promise<DlmsFleet> {
  const sim = await import('@openami/sim');
  const { buildWorld, DlmsFleet, localDays, planDlmsFleet, usagePointsFor, WorldMeasurements } = sim;
  const meters = numberOf('--meters', flags.meters) ?? 1;
  const seed = numberOf('--seed', flags.seed) ?? 1;
  const historyDays = numberOf('--days', flags.days) ?? 7;
  if (meters < 1 || meters > sim.mostDlmsMeters) {
    throw serverErrors.USAGE(`--meters wants 1 to ${sim.mostDlmsMeters}, not ${flags.meters}`);
  }
  if (historyDays > mostDays) throw serverErrors.USAGE(`--days wants 0 to ${mostDays}, not ${flags.days}`);
  const script = await scriptOf(flags.script);
  const description = await descriptionOf(flags.profile);
  tell(`making ${meters} meters of seed ${seed}\n`);
  const today = localDays('Europe/Berlin').dayOf(systemClock.nowMs() / 1000);
  const start = formatDay(today - historyDays);
  const world = buildWorld({ seed, usagePoints: usagePointsFor(meters), historyDays, start });
  const push = targetOf('--push', flags.push);
  return new DlmsFleet({
    meters: planDlmsFleet(world, shapeOf(flags, meters, script)),
    measurements: new WorldMeasurements(world),
    clock: systemClock,
    seed,
    crypto: nodeCrypto,
    host: flags.host,
    ...script,
    ...(push ? { push } : {}),
    ...(description ? { description } : {}),
  });
}

function shapeOf(flags: SimFlags, meters: number, { segments }: SimScript): DlmsFleetShape {
  const port = portOf('--port', flags.port);
  // 0: free ones
  const firstPort = port === 0 ? undefined : port;
  if (flags.udp && flags.transport !== 'wrapper')
    throw serverErrors.USAGE('--udp goes with --transport wrapper');
  const connect = targetOf('--connect', flags.connect);
  return {
    meters,
    soundOnly: true,
    firstPort,
    transport: flags.transport,
    mechanism: flags.auth,
    suite: flags.suite === 'mixed' ? 'mixed' : (Number(flags.suite) as 0 | 1 | 2),
    network: flags.udp ? 'udp' : 'tcp',
    segments: segments.map(({ name, share = 1 }) => ({ name, share })),
    ...(flags.security ? { policy: flags.security } : {}),
    ...(flags.gateway ? { ownPorts: 0, gateways: 1 } : {}),
    ...(connect ? { connecting: { meters, host: connect.host, port: connect.port } } : {}),
  };
}

function targetOf(flag: string, text: string | undefined): PushTarget | undefined {
  if (text === undefined) return undefined;
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw serverErrors.USAGE(`${flag} wants host:port, not "${text}"`);
  return { host, port: Number(port), network: 'tcp' };
}

async function scriptOf(file: string | undefined): Promise<SimScript> {
  if (file === undefined) return { segments: [], faults: [] };
  const { segments = [], faults = [] } = (await jsonOf('--script', file)) as Partial<SimScript>;
  if (!Array.isArray(segments) || !Array.isArray(faults)) {
    throw serverErrors.USAGE(`--script ${file}: segments and faults are lists`);
  }
  return { segments, faults };
}

async function descriptionOf(file: string | undefined): Promise<MeterDescription | undefined> {
  if (file === undefined) return undefined;
  const description = (await jsonOf('--profile', file)) as MeterDescription;
  const { objects, associations, conformance } = description;
  if (![objects, associations, conformance].every(Array.isArray)) {
    throw serverErrors.USAGE(`--profile ${file}: objects, associations and conformance are lists`);
  }
  return description;
}

async function jsonOf(flag: string, file: string): Promise<object> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw serverErrors.USAGE(`${flag} ${file}: ${(error as Error).message}`);
  }
  throw serverErrors.USAGE(`${flag} ${file}: no JSON object`);
}

/** The command that reads a meter's load profile through each of its clients that may. */
function commandsFor({ reach, address, clients, suite, guek, gak }: DlmsEndpoint): Record<string, string> {
  if (reach.kind === 'connects') return {};
  const { host, port, network, transport } = reach;
  const way = [
    `openami read dlms --host ${host} --port ${port}`,
    network === 'udp' ? '--udp' : transport === 'hdlc' ? '--transport hdlc' : '',
    `--server ${address.server}`,
    address.physical === undefined ? '' : `--physical ${address.physical}`,
    address.addressBytes === undefined ? '' : `--server-address-size ${address.addressBytes}`,
    address.device === undefined ? '' : `--gateway-device ${address.device}`,
  ];
  const commands: Record<string, string> = {};
  for (const { name, client, auth, security, password, privateKey, serverPublicKey } of clients) {
    const needsKeys = auth === 'hls-gmac' || security !== 'none';
    const words = [
      ...way,
      `--client ${client} --auth ${auth}`,
      security === 'none' ? '' : `--security ${security}`,
      needsKeys ? `--suite ${suite} --guek ${guek} --gak ${gak}` : '',
      needsKeys || auth === 'hls-sha256' || auth === 'hls-ecdsa' ? '--system-title 4f414d0000000001' : '',
      password === undefined ? '' : `--password ${password}`,
      privateKey === undefined ? '' : `--private-key ${privateKey} --server-public-key ${serverPublicKey}`,
    ];
    commands[name] = words.filter((word) => word !== '').join(' ');
  }
  return commands;
}

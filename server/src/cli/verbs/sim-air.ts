/** `openami sim radio`, `lorawan`, `coap`, `sparkplug`: gas, water and heat meters for anyone's server. */
import { formatDay, systemClock } from '@openami/model';
import type { DayBooks, SimProtocols, World } from '@openami/sim';
import { hexOf } from '@openami/wire';
import { type Command, Option } from 'commander';
import { serverErrors } from '../../errors.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';
import { numberOf, untilStopped } from './serve.ts';

interface AirFlags {
  readonly meters: string;
  readonly seed: string;
  readonly every: string;
  readonly json?: boolean;
}

interface BrokerFlags extends AirFlags {
  readonly broker: string;
  readonly username?: string;
  readonly password?: string;
}

interface RadioFlags extends BrokerFlags {
  readonly security?: 'mode-5' | 'mode-7' | 'compact';
  readonly print?: boolean;
}

interface LorawanFlags extends BrokerFlags {
  readonly server: 'chirpstack' | 'thethingsstack';
  readonly application?: string;
  readonly codec?: boolean;
}

interface CoapFlags extends AirFlags {
  readonly to: string;
  readonly kind: 'lwm2m' | 'senml';
}

interface SparkplugFlags extends BrokerFlags {
  readonly group: string;
  readonly node: string;
}

type Running = { stop(): Promise<void> };

const mostMeters = 5_000;
const historyDays = 7;
const minuteS = 60;
/** What the first reports go back to. */
const backS = 24 * 3_600;
/** Share of the usage points of a world whose meters speak it; some more for small worlds. */
const shares = { wmbus: 0.38, lorawan: 0.2, lwm2m: 0.2, senml: 0.38, sparkplug: 0.38 } as const;
const sparePoints = 20;
const chirpstackApplication = '3e5a0c8a-4f63-4c0b-9a51-0f5f1d2a7b11';
const thingsStackApplication = 'water@town';

/** Adds the verbs below `sim`. */
export function addSimAir(sim: Command, context: CliContext): void {
  const { output } = context;
  const verb = (name: string, description: string, everyS: number, example: string): Command =>
    sim
      .command(name)
      .description(`${description}, until stopped`)
      .option('--meters <number>', 'how many', '3')
      .option('--seed <number>', 'names, keys and readings follow from it', '1')
      .option('--every <seconds>', 'from one message of a meter to the next', String(everyS))
      .option('--json', 'JSON lines on a terminal too')
      .addHelpText('after', `\nA line of JSON is printed for each meter.\n\nExamples:\n${example}`);
  const withBroker = (command: Command, username: string): Command =>
    command
      .option('--broker <url>', 'MQTT broker', 'mqtt://127.0.0.1:1883')
      .option('--username <name>', 'user name at the broker', username)
      .option('--password <secret>', 'password at the broker', '');
  const start = (flags: AirFlags, run: () => Promise<Running>): Promise<void> =>
    keepRunning(context, flags, run);

  withBroker(
    verb('radio', 'wireless M-Bus meters and the receiver that hears them', 60, radioExamples),
    'roof',
  )
    .addOption(
      new Option('--security <name>', 'of all meters; default by what they measure').choices([
        ...(['mode-5', 'mode-7', 'compact'] as const),
      ]),
    )
    .option('--print', 'print one telegram of each and end; no broker')
    .action((flags: RadioFlags) => {
      return flags.print ? printTelegrams(context, flags) : start(flags, () => startRadio(context, flags));
    });
  withBroker(verb('lorawan', 'LoRaWAN water meters behind a network server', 300, lorawanExamples), '')
    .addOption(
      new Option('--server <name>', 'whose messages')
        .choices(['chirpstack', 'thethingsstack'])
        .default('chirpstack'),
    )
    .option('--application <name>', 'as it stands in the topics')
    .option('--codec', 'print the codec of the meters and end')
    .action(async (flags: LorawanFlags) => {
      if (!flags.codec) return start(flags, () => startLorawan(context, flags));
      const { waterMeterCodec } = await import('@openami/sim');
      output.out(`${JSON.stringify(waterMeterCodec, null, 2)}\n`);
    });
  verb('coap', 'meters over CoAP: LwM2M or SenML', 60, coapExamples)
    .option('--to <host:port>', 'CoAP server', '127.0.0.1:5683')
    .addOption(new Option('--kind <name>', 'what they speak').choices(['lwm2m', 'senml']).default('lwm2m'))
    .action((flags: CoapFlags) => start(flags, () => startCoap(context, flags)));
  withBroker(verb('sparkplug', 'an edge node of Sparkplug B with meters', 60, sparkplugExamples), 'edge1')
    .option('--group <name>', 'group id', 'Plant')
    .option('--node <name>', 'edge node id', 'Edge1')
    .action((flags: SparkplugFlags) => start(flags, () => startSparkplug(context, flags)));
}

const radioExamples = `  openami sim radio --meters 5 --username roof --password "$SECRET"
  openami sim radio --meters 3 --print --json | openami decode wmbus`;
const lorawanExamples = `  openami sim lorawan --meters 5 --broker mqtt://127.0.0.1:1884
  openami sim lorawan --server thethingsstack --application water@town
  openami sim lorawan --codec > codec.json`;
const coapExamples = `  openami sim coap --meters 3 --to 127.0.0.1:5683
  openami sim coap --meters 3 --kind senml`;
const sparkplugExamples = `  openami sim sparkplug --meters 3 --username edge1 --password "$SECRET"`;

async function keepRunning(
  { output }: CliContext,
  { meters }: AirFlags,
  run: () => Promise<Running>,
): Promise<void> {
  const running = await run();
  output.err(`${meters} meters run; Ctrl+C stops them.\n`);
  await untilStopped({ close: () => running.stop() });
}

interface Town {
  readonly sim: typeof import('@openami/sim');
  readonly world: World;
  readonly books: DayBooks;
  readonly meters: number;
  readonly everyS: number;
}

/** A world with enough meters of a protocol, up to today. Raises USAGE. */
async function townOf(
  { output }: CliContext,
  flags: AirFlags,
  protocol: keyof typeof shares & SimProtocols,
): Promise<Town> {
  const sim = await import('@openami/sim');
  const meters = numberOf('--meters', flags.meters) ?? 0;
  const seed = numberOf('--seed', flags.seed) ?? 1;
  const everyS = numberOf('--every', flags.every) ?? 0;
  if (meters < 1 || meters > mostMeters) {
    throw serverErrors.USAGE(`--meters wants 1 to ${mostMeters}, not ${flags.meters}`);
  }
  if (everyS < 1 || everyS > 86_400) throw serverErrors.USAGE(`--every wants 1 to 86400, not ${flags.every}`);
  output.err(`making ${meters} meters of seed ${seed}\n`);
  const nowS = systemClock.nowMs() / 1_000;
  const start = formatDay(sim.localDays('Europe/Berlin').dayOf(nowS) - historyDays);
  const usagePoints = Math.ceil(meters / shares[protocol]) + sparePoints;
  const world = sim.buildWorld({ seed, usagePoints, historyDays, start, protocols: protocol });
  return { sim, world, books: await sim.openDayBooks(world, nowS - backS), meters, everyS };
}

function tell({ output }: CliContext, { json }: AirFlags, lines: readonly object[]): void {
  for (const line of lines) {
    if (json || !output.tty) printJson(output, line);
    else output.out(`${JSON.stringify(line, null, 2)}\n`);
  }
}

/** Waits for a connection. Raises USAGE where there is none. */
async function connected(opened: Promise<boolean>, running: Running, { broker }: BrokerFlags): Promise<void> {
  if (await opened) return;
  await running.stop();
  throw serverErrors.USAGE(`no connection to ${broker}: check address, user name and password`);
}

const connectMs = 10_000;

async function startRadio(context: CliContext, flags: RadioFlags): Promise<Running> {
  const { sim, books, meters, everyS } = await townOf(context, flags, 'wmbus');
  const { security, broker: url, username = '', password = '' } = flags;
  const shape = { meters, everyS, strangers: 0, receivers: 1, ...(security ? { security } : {}) };
  const plan = sim.planRadio(books.world, shape);
  const [receiver] = plan.receivers;
  // the one receiver stands beside each meter: all are heard
  const at = { lon: receiver!.lon, lat: receiver!.lat };
  const near = {
    ...plan,
    meters: plan.meters.map((meter) => ({ ...meter, ...at })),
    receivers: [{ ...receiver!, name: username }],
  };
  const fleet = new sim.RadioFleet({
    ...{ plan: near, books, clock: systemClock, url, everyValueS: minuteS },
    password: () => password,
  });
  await connected(fleet.opened(connectMs), fleet, flags);
  tell(
    context,
    flags,
    plan.meters.map(({ name, meter, security: of, key }) => ({
      ...{ name, commodity: meter.commodity, security: of, key: hexOf(key) },
    })),
  );
  return fleet;
}

/** One telegram of each, with its key. */
async function printTelegrams(context: CliContext, flags: RadioFlags): Promise<void> {
  const { sim, books, world, meters, everyS } = await townOf(context, flags, 'wmbus');
  const { security } = flags;
  const shape = { meters, everyS, strangers: 0, ...(security ? { security } : {}) };
  const atS = Math.floor(systemClock.nowMs() / 1_000 / minuteS) * minuteS;
  books.advance(atS);
  const lines = sim.planRadio(world, shape).meters.flatMap((meter) => {
    const counts = books.shownAt(meter.channel, atS);
    if (counts === undefined) return [];
    // of compact frames a full one
    const turn = Math.floor(atS / everyS / 8) * 8;
    const bytes = sim.radioTelegram(meter, world.days, turn, { counts, atS });
    return [{ id: meter.name, hex: hexOf(bytes), key: hexOf(meter.key) }];
  });
  tell(context, flags, lines);
}

async function startLorawan(context: CliContext, flags: LorawanFlags): Promise<Running> {
  const { sim, books, world, meters, everyS } = await townOf(context, flags, 'lorawan');
  const devices = sim.planLorawan(world, { meters, everyS });
  const isChirpstack = flags.server === 'chirpstack';
  const application = flags.application ?? (isChirpstack ? chirpstackApplication : thingsStackApplication);
  const messages = isChirpstack
    ? sim.chirpstackMessages({ application })
    : sim.thingsStackMessages({ application });
  const { broker: url, username = '', password = '' } = flags;
  const fleet = new sim.LorawanFleet({
    ...{ devices, messages, books, clock: systemClock, url, username, password },
  });
  await connected(fleet.opened(connectMs), fleet, flags);
  const codec = sim.waterMeterCodec.id;
  tell(
    context,
    flags,
    devices.map(({ devEui, name }) => ({ devEui, name, application, codec })),
  );
  return fleet;
}

async function startCoap(context: CliContext, flags: CoapFlags): Promise<Running> {
  const [, host, port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(flags.to) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw serverErrors.USAGE(`--to wants host:port, not "${flags.to}"`);
  const { sim, books, world, meters, everyS } = await townOf(context, flags, flags.kind);
  const fleet = new sim.CoapFleet({
    ...{ meters: sim.planCoap(world, { meters }), books, clock: systemClock, everyS },
    ...{ target: { host, port: Number(port) }, sinceS: systemClock.nowMs() / 1_000 - backS },
  });
  tell(
    context,
    flags,
    sim.planCoap(world, { meters }).map(({ meter, protocol, channel }) => ({
      ...{ serial: meter.serial, commodity: meter.commodity, protocol },
      quantity: channel.kind.obis.replace('*255', ''),
    })),
  );
  if (flags.kind === 'lwm2m') {
    const registered = await fleet.register();
    context.output.err(`${registered} of ${meters} are registered at ${flags.to}\n`);
  }
  return fleet;
}

async function startSparkplug(context: CliContext, flags: SparkplugFlags): Promise<Running> {
  const { sim, books, world, meters: count, everyS } = await townOf(context, flags, 'sparkplug');
  const meters = sim.planSparkplug(world, count);
  const { broker: url, username = '', password = '', group, node } = flags;
  const fleet = new sim.EdgeNode({
    ...{ meters, books, clock: systemClock, url, username, password, group, node, everyS },
    sinceS: systemClock.nowMs() / 1_000 - backS,
  });
  await connected(fleet.opened(connectMs), fleet, flags);
  tell(
    context,
    flags,
    meters.map(({ serial, commodity }) => ({ serial, commodity, group, node })),
  );
  return fleet;
}

/** Kills the server, or only its engine, while meters report, and looks afterwards what is there. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childModule, systemAccess, systemClock } from '@openami/model';
import { cliMain } from '../helpers/cli-main.ts';
import { freePort } from '../helpers/free-port.ts';
import { startServer } from '../helpers/start-server.ts';
import { energyOf, type LoadOptions } from './load.ts';

export interface FaultReport {
  readonly kills: number;
  readonly engineKills: number;
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged and not there, or there with another value. */
  readonly lost: number;
  /** There more than once. */
  readonly twice: number;
  /** There and never sent. */
  readonly foreign: number;
  /** Messages acknowledged a second right before the kills: the median. */
  readonly messagesPerSecond: number;
  /** Longest time from a start to readiness. */
  readonly slowestStartMs: number;
}

export interface FaultOptions {
  readonly rounds: number;
  readonly messagesPerSecond?: number;
  /** Time between full flow and the kill, at most. */
  readonly maxLifeMs?: number;
}

const meters = 40;
const intervalS = 60;
const serials = Array.from({ length: meters }, (_, i) => `F${1000 + i}`);

/** Runs the rounds; every second one kills only the engine. */
export async function faultRounds(options: FaultOptions): Promise<FaultReport> {
  const { rounds, messagesPerSecond = 5000, maxLifeMs = 3000 } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'openami-faults-'));
  const [port, mqttPort] = [await freePort(), await freePort()];
  const firstS = firstEnd();
  const password = await prepare(dataDir);
  let server = await startChild(dataDir, port, mqttPort);
  const load = startLoad({
    url: `mqtt://127.0.0.1:${mqttPort}`,
    ...{ username: 'gateway', password, serials, firstS, intervalS, messagesPerSecond },
    connections: 4,
  });
  let slowestStartMs = server.startMs;
  let engineKills = 0;
  const flows: number[] = [];
  try {
    await load.ready;
    for (let round = 0; round < rounds; round++) {
      await load.flowing(messagesPerSecond);
      await sleep(Math.random() * maxLifeMs);
      flows.push(load.perSecond());
      if (round % 2 === 1) {
        engineKills += Number(await killEngine(server.child));
        continue;
      }
      await kill(server.child);
      server = await startChild(dataDir, port, mqttPort);
      slowestStartMs = Math.max(slowestStartMs, server.startMs);
    }
    await sleep(1000);
    const { sent, acked } = await load.stop();
    await stop(server.child);
    const found = await compare(dataDir, firstS, sent, acked);
    return {
      ...{ kills: rounds - engineKills, engineKills, ...found },
      ...{ messagesPerSecond: median(flows), slowestStartMs },
    };
  } finally {
    load.child.kill('SIGKILL');
    server.child.kill('SIGKILL');
    await sleep(500);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Thirty days ago, on the grid of the intervals. */
function firstEnd(): number {
  return Math.floor(Date.now() / 1000 / 86_400 - 30) * 86_400;
}

/** Registers the meters and a gateway that reports for them. */
async function prepare(dataDir: string): Promise<string> {
  const server = await startServer({ meters: 0, dataDir, clock: systemClock });
  const { registry } = server.running.context;
  await registry.meters.upsertMany(
    systemAccess,
    serials.map((serial) => ({ serial, commodity: 'electricity', state: 'active' })),
  );
  await registry.channels.upsertMany(
    systemAccess,
    serials.map((serial) => ({
      ...{ serial, alias: 'import', quantityKeys: ['import'], intervalS, resolution: 1000, unit: 'kWh' },
    })),
  );
  const { password } = await registry.credentials.issue(systemAccess, {
    username: 'gateway',
    publish: ['openami/v1/F*/#'],
  });
  await server.close();
  return password;
}

interface Child {
  readonly child: ChildProcess;
  readonly startMs: number;
}

/** Starts the server as its command does, and waits until it is ready. No hand helps it. */
async function startChild(dataDir: string, port: number, mqttPort: number): Promise<Child> {
  const began = performance.now();
  const child = spawn(process.execPath, [...cliMain, 'serve'], {
    env: {
      ...process.env,
      OPENAMI_DATA_DIR: dataDir,
      OPENAMI_PORT: String(port),
      OPENAMI_MQTT_PORT: String(mqttPort),
      OPENAMI_LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr!.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-4000);
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server did not start again:\n${said}`);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return { child, startMs: performance.now() - began };
    if (performance.now() - began > 60_000)
      throw new Error(`The server is not ready after a minute:\n${said}`);
    await sleep(50);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

/** Kills the child process of the server that holds the readings' engine; false where it is not found. */
async function killEngine(child: ChildProcess): Promise<boolean> {
  const { pid } = child;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  for (const id of children.trim().split(/\s+/).filter(Boolean)) {
    const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('clickhouse')) continue;
    process.kill(Number(id), 'SIGKILL');
    return true;
  }
  return false;
}

function startLoad(options: LoadOptions) {
  const { url, execArgv } = childModule(import.meta.url, 'load');
  const child = fork(new URL(url), { execArgv: [...execArgv] });
  const next = (type: string) =>
    new Promise<{ sent: number[]; acked: string[] }>((resolve, reject) => {
      child.on('message', (message: { type: string; sent: number[]; acked: string[] }) => {
        if (message.type === type) resolve(message);
      });
      child.once('exit', (code) => reject(new Error(`The load ended with ${code}`)));
    });
  let perSecond = 0;
  child.on('message', (message: { type: string; perSecond: number }) => {
    if (message.type === 'flow') perSecond = message.perSecond;
  });
  const ready = next('ready');
  child.send(options);
  return {
    child,
    ready,
    /** Acknowledged a second, lately. */
    perSecond: () => perSecond,
    /** Waits until the messages flow at nearly the wanted rate; a busy machine may stay below it. */
    async flowing(wanted: number) {
      const patienceMs = performance.now() + 15_000;
      while (perSecond < wanted * 0.9 && performance.now() < patienceMs) await sleep(50);
    },
    async stop() {
      const done = next('done');
      child.send({ type: 'stop' });
      const { sent, acked } = await done;
      return { sent, acked: acked.map((text) => Buffer.from(text, 'base64')) };
    },
  };
}

/** What is stored against what was acknowledged. */
async function compare(
  dataDir: string,
  firstS: number,
  sent: readonly number[],
  acked: readonly Uint8Array[],
) {
  const server = await startServer({ meters: 0, dataDir, clock: systemClock });
  const report = { sent: 0, acknowledged: 0, lost: 0, twice: 0, foreign: 0 };
  try {
    const { directory, store } = server.running.context;
    for (const [meter, serial] of serials.entries()) {
      const channel = directory.memory.find(serial, 'import', intervalS)!.channel.id;
      const span = { fromS: 0, toS: firstS + 31 * 86_400 };
      const rows = await store.readings.profile(systemAccess, channel, span);
      const found = new Map<number, number>();
      for (let row = 0; row < rows.length; row++) {
        const index = (rows.end[row]! - firstS) / intervalS;
        if (found.has(index)) report.twice++;
        if (index < 0 || index >= sent[meter]! || !Number.isInteger(index)) report.foreign++;
        found.set(index, rows.value[row]! / 1000);
      }
      report.sent += sent[meter]!;
      for (let index = 0; index < sent[meter]!; index++) {
        if ((acked[meter]![index >> 3]! & (1 << (index & 7))) === 0) continue;
        report.acknowledged++;
        // counts of 1 Wh: the stored value is the sent one exactly
        if (found.get(index) !== energyOf(index)) report.lost++;
      }
    }
  } finally {
    await server.close();
  }
  return report;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

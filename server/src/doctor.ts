/** Looks at everything a start needs, one finding each, with the next step where something is wrong. */
import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { isAbsolute } from 'node:path';
import { OpenAmiError, systemClock } from '@openami/model';
import {
  type Config,
  ConfigSchema,
  environmentName,
  loadConfig,
  publicConfig,
  unknownVariables,
} from './config.ts';
import { createLog } from './log.ts';
import { findServer } from './server-file.ts';
import { version } from './version.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; empty when all is well. */
  readonly next: string;
}

interface Flags {
  readonly config?: string;
  readonly dataDir?: string;
}

const minFreeBytes = 2 ** 30;

const good = (check: string, detail: string): Finding => ({ check, ok: true, detail, next: '' });
const bad = (check: string, detail: string, next: string): Finding => ({ check, ok: false, detail, next });

/** Examines the system; never throws. */
export async function examine(env: NodeJS.ProcessEnv, flags: Flags): Promise<Finding[]> {
  const findings = [checkNode(), ...checkNames(env)];
  let config: Config;
  try {
    config = loadConfig(env, { config: flags.config, dataDir: flags.dataDir });
  } catch (error) {
    const known = error as OpenAmiError;
    return [...findings, bad('configuration', known.message, known.hint)];
  }
  findings.push(good('configuration', flags.config ?? env.OPENAMI_CONFIG ?? 'environment and defaults'));
  findings.push(...(await checkFolder(config)));
  const running = findServer(config.dataDir);
  if (running) {
    findings.push(await checkServer(running.url, running.pid));
    return findings;
  }
  findings.push(await checkPort('HTTP port', config.host, config.port, 'OPENAMI_PORT'));
  if (config.mqttBrokerUrl === '' && config.roles.includes('headend')) {
    findings.push(await checkPort('MQTT port', config.mqttHost, config.mqttPort, 'OPENAMI_MQTT_PORT'));
  }
  if (findings.every((finding) => finding.ok)) findings.push(await checkEngines(config));
  return findings;
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  const detail = `OpenAMI ${version} on Node ${process.versions.node}, ${process.platform} ${process.arch}`;
  return fits ? good('versions', detail) : bad('versions', detail, 'Install Node 20.19 or later.');
}

function checkNames(env: NodeJS.ProcessEnv): Finding[] {
  return unknownVariables(env).map((name) =>
    bad('environment', `${name} means nothing`, 'Correct its name: `openami doctor --keys` lists all.'),
  );
}

async function checkFolder({ dataDir }: Config): Promise<Finding[]> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [
      bad(
        'data folder',
        `${dataDir}: ${code}`,
        'Give this user the right to write there, or set OPENAMI_DATA_DIR.',
      ),
    ];
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const detail = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  const disk =
    free >= minFreeBytes
      ? good('disk', detail)
      : bad('disk', detail, 'Free at least 1 GiB, or move OPENAMI_DATA_DIR.');
  return [good('data folder', isAbsolute(dataDir) ? dataDir : `./${dataDir}`), disk];
}

async function checkServer(url: string, pid: number): Promise<Finding> {
  try {
    const response = await fetch(new URL('/health/ready', url), { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { checks?: { name: string; ok: boolean; detail: string }[] };
    const failing = (body.checks ?? []).filter((check) => !check.ok);
    if (response.ok) return good('server', `serves on ${url} (process ${pid})`);
    const detail = failing.map((check) => `${check.name}: ${check.detail}`).join('; ');
    return bad('server', `${url} is not ready: ${detail}`, 'Look at its log; restart it when it stays so.');
  } catch (error) {
    const next = `Look at its log, or stop process ${pid} and start again; it recovers by itself.`;
    return bad('server', `process ${pid} does not answer on ${url}: ${(error as Error).message}`, next);
  }
}

function checkPort(check: string, host: string, port: number, key: string): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const next = taken
        ? `Stop the other program, or choose another with ${key}.`
        : `Correct ${key} and the host.`;
      resolve(bad(check, `${host}:${port}: ${error.code}`, next));
    });
    probe.listen({ host, port }, () => probe.close(() => resolve(good(check, `${host}:${port} is free`))));
  });
}

/** Starts both engines for a moment: the surest check there is. */
async function checkEngines(config: Config): Promise<Finding> {
  const { openStores } = await import('./stores.ts');
  try {
    const { registry, store } = await openStores(config, systemClock, createLog('silent'));
    const readings = config.clickhouseUrl ? 'server' : 'embedded';
    const detail = `registry ${registry.engine.kind}, readings ${readings}`;
    await store.close();
    await registry.close();
    return good('engines', detail);
  } catch (error) {
    const hint =
      error instanceof OpenAmiError ? error.hint : 'Look at the detail; report it if it makes no sense.';
    return bad('engines', (error as Error).message, hint);
  }
}

/** Every key with its value and meaning; secrets hidden. */
export function explainConfig(env: NodeJS.ProcessEnv, flags: Flags): Record<string, unknown>[] {
  const shown = publicConfig(loadConfig(env, { config: flags.config, dataDir: flags.dataDir }));
  return Object.entries(ConfigSchema.properties).map(([key, schema]) => ({
    variable: environmentName(key),
    key,
    value: shown[key],
    meaning: (schema as { description?: string }).description ?? '',
  }));
}

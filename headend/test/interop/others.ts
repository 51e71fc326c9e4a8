/**
 * Implementations of others, installed from their package registries into a temporary folder. Nothing of
 * them is kept. Where they cannot be had, the reason is printed and what needs them is skipped.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const installMs = 300_000;
const javaLibrary = { group: 'org.gurux', artifact: 'gurux.dlms', version: '4.0.47' };
const pythonLibraries = {
  'the Gurux DLMS library for Python': ['gurux-common==1.0.13', 'gurux-dlms==1.0.203', 'gurux-net==1.0.23'],
  aiocoap: ['aiocoap==0.4.17'],
} as const;

const folder = await mkdtemp(join(tmpdir(), 'openami-interop-'));

export async function removeOthers(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function attempt<T>(what: string, install: () => Promise<T>): Promise<T | undefined> {
  try {
    return await install();
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    const reason = (stderr?.trim().split('\n').at(-1) || message).slice(0, 300);
    console.log(`skipped: ${what} cannot be installed here: ${reason}`);
    return undefined;
  }
}

/** Runs a script with the Python library; its last line of output as JSON, if it has one. */
export interface Python {
  json(script: string, settings: object): Promise<Record<string, unknown>>;
}

export function installPython(
  library: keyof typeof pythonLibraries = 'the Gurux DLMS library for Python',
): Promise<Python | undefined> {
  return attempt(library, async () => {
    const home = join(folder, 'python');
    await run('python3', ['-m', 'venv', home], { timeout: installMs });
    const python = join(home, 'bin', 'python');
    await run(python, ['-m', 'pip', 'install', '--quiet', ...pythonLibraries[library]], {
      timeout: installMs,
    });
    return {
      async json(script, settings) {
        const args = [here(script), JSON.stringify(settings)];
        const { stdout } = await run(python, args, { timeout: 60_000 });
        const last = stdout.trim().split('\n').at(-1);
        return last?.startsWith('{') ? JSON.parse(last) : {};
      },
    };
  });
}

/** Starts a meter of the Java library. */
export interface Java {
  meter(link: JavaLink, seenCounter: number, shortNames?: boolean): Promise<JavaMeter>;
}

export type JavaLink = 'WRAPPER' | 'HDLC' | 'HDLC_WITH_MODE_E';

export interface JavaMeter {
  readonly port: number;
  stop(): void;
}

export function installJava(): Promise<Java | undefined> {
  return attempt('the Gurux DLMS library for Java', async () => {
    const home = join(folder, 'java');
    await mkdir(home);
    const { group, artifact, version } = javaLibrary;
    const coordinates = (g: string, a: string, v: string): string =>
      `<groupId>${g}</groupId><artifactId>${a}</artifactId><version>${v}</version>`;
    const pom =
      `<project><modelVersion>4.0.0</modelVersion>${coordinates('openami', 'interop', '1')}` +
      `<dependencies><dependency>${coordinates(group, artifact, version)}</dependency></dependencies></project>`;
    await writeFile(join(home, 'pom.xml'), pom);
    const copy = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars'];
    await run('mvn', copy, { cwd: home, timeout: installMs });
    const jars = join(home, 'jars', '*');
    await run('javac', ['-nowarn', '-cp', jars, '-d', home, here('GuruxMeter.java')], { timeout: installMs });
    const classPath = [jars, home].join(delimiter);
    return {
      meter: (link, seenCounter, shortNames = false) =>
        startMeter(classPath, [link, String(seenCounter), ...(shortNames ? ['SN'] : [])]),
    };
  });
}

async function startMeter(classPath: string, settings: readonly string[]): Promise<JavaMeter> {
  const args = ['-cp', classPath, 'GuruxMeter', ...settings];
  const child: ChildProcess = spawn('java', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const port = await new Promise<number>((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`the meter ended with ${code}`)));
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /PORT (\d+)/.exec(said);
      if (found) resolve(Number(found[1]));
    });
  });
  return { port, stop: () => void child.kill() };
}

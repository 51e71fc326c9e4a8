/** A Mosquitto of one's own on this machine, where there is one. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { freePort } from './free-port.ts';
import { patient } from './poll.ts';

const program = '/usr/sbin/mosquitto';
export const hasMosquitto = existsSync(program);
if (!hasMosquitto) console.log(`skipped with Mosquitto: no ${program}`);

export interface Mosquitto {
  readonly port: number;
  /** Of a listener without TLS. */
  readonly url: string;
  close(): Promise<void>;
}

/** Lines of a configuration; `file` keeps a text beside it and gives the path. */
export type MosquittoLines = (file: (name: string, text: string) => string) => readonly string[];

/** Starts one that listens; whoever comes may do anything, unless `linesOf` says otherwise. */
export async function startMosquitto(
  linesOf: MosquittoLines = () => ['allow_anonymous true'],
): Promise<Mosquitto> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'openami-mosquitto-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o644 });
    return join(folder, name);
  };
  const lines = [`listener ${port} 127.0.0.1`, ...linesOf(file), ''];
  const child = spawn(program, ['-c', file('mosquitto.conf', lines.join('\n'))], { stdio: 'ignore' });
  const gone = new Promise((done) => child.once('exit', done));
  const close = async () => {
    child.kill();
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await vi.waitFor(async () => expect(await listens(port)).toBe(true), patient);
  } catch (error) {
    await close();
    throw error;
  }
  return { port, url: `mqtt://127.0.0.1:${port}`, close };
}

function listens(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      done(true);
    });
    socket.on('error', () => done(false));
  });
}

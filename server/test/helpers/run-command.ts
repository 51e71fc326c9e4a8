/** Runs the command in this process and keeps what it writes. */
import { runCommand } from '../../src/cli/program.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was written to standard output, as one JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: each verb writes its own
  json(): any;
}

export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv, tty = false): Promise<Ran> {
  let [out, err] = ['', ''];
  const output = {
    tty,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runCommand(args, { output, env });
  return { code, out, err, json: () => JSON.parse(out) };
}

/** Scores in several processes, each a share of the channels. */
import { type ChildProcess, fork } from 'node:child_process';
import { childModule, errorCatalogue, OpenAmiError } from '@openami/model';
import type { Note } from './load-sets.ts';
import type { ShareReport } from './score-process.ts';
import type { ChannelScore, ShareRequest } from './score-share.ts';

/** All channels, in shares of `processes`. Rejects with what the first share that failed says. */
export async function scoreInProcesses(
  request: Omit<ShareRequest, 'index' | 'of'>,
  processes: number,
  progress: (done: number, words: string) => void,
  note: Note,
): Promise<ChannelScore[]> {
  const done = new Array<number>(processes).fill(0);
  const children: ChildProcess[] = [];
  const share = (index: number): Promise<readonly ChannelScore[]> => {
    const child = start();
    children.push(child);
    return new Promise((resolve, reject) => {
      child.on('message', (message) => {
        const report = message as ShareReport;
        if (report.kind === 'scores') resolve(report.scores);
        else if (report.kind === 'error') reject(errorOf(report));
        else if (report.kind === 'note') {
          if (index === 0) note(report.text);
        } else {
          done[index] = report.done;
          progress(done.reduce((sum, one) => sum + one, 0) / processes, report.words);
        }
      });
      child.once('exit', (code) => reject(new Error(`a process that scores ended with ${code}`)));
      child.send({ ...request, index, of: processes });
    });
  };
  try {
    return (await Promise.all(Array.from({ length: processes }, (_, index) => share(index)))).flat();
  } finally {
    for (const child of children) if (child.exitCode === null && child.connected) child.disconnect();
  }
}

/** The error as the process of the share had it. */
function errorOf({ code, message, data }: Extract<ShareReport, { kind: 'error' }>): Error {
  const spec = code === undefined ? undefined : errorCatalogue.get(code);
  return spec ? new OpenAmiError(code!, spec, message, data) : new Error(message);
}

function start(): ChildProcess {
  const { url, execArgv } = childModule(import.meta.url, 'score-process');
  return fork(new URL(url), { execArgv: [...execArgv] });
}

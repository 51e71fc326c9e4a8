/** Progress on stderr: a bar on a terminal, a line every few seconds elsewhere. */
import cliProgress from 'cli-progress';

export interface Progress {
  /** `done` from 0 to 1, with a few words about what is going on. */
  update(done: number, words?: string): void;
  stop(): void;
}

/** Starts a progress display. */
export function startProgress(title: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return lineProgress(title, stream);
  const bar = new cliProgress.SingleBar({
    format: `${title} {bar} {percentage} %  {words}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stream,
    etaBuffer: 100,
  });
  bar.start(1000, 0, { words: '' });
  return {
    update: (done, words = '') => bar.update(Math.round(done * 1000), { words }),
    stop: () => bar.stop(),
  };
}

function lineProgress(title: string, stream: NodeJS.WriteStream): Progress {
  let lastMs = performance.now();
  return {
    update(done, words = '') {
      const now = performance.now();
      if (now - lastMs < 3_000) return;
      lastMs = now;
      stream.write(`${title} ${Math.floor(done * 100)} %  ${words}\n`);
    },
    stop: () => undefined,
  };
}

/** Progress on stderr: a bar on a terminal, a line every few seconds elsewhere. */
import cliProgress from 'cli-progress';

interface Progress {
  /** `done` from 0 to 1, with a few words about what is going on. */
  readonly update: (done: number, words?: string) => void;
  readonly stop: () => void;
}

/** Says how far the work is while it runs; the display ends with it, also when it fails. */
export async function withProgress<T>(
  title: string,
  work: (update: Progress['update']) => Promise<T>,
  stream: NodeJS.WriteStream = process.stderr,
): Promise<T> {
  const progress = startProgress(title, stream);
  try {
    return await work(progress.update);
  } finally {
    progress.stop();
  }
}

function startProgress(title: string, stream: NodeJS.WriteStream): Progress {
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

import { expect, it } from 'vitest';
import { withProgress } from '../../src/cli/progress.ts';

/** A terminal that keeps what is written. */
function terminal(): { stream: NodeJS.WriteStream; written: string[] } {
  const written: string[] = [];
  const stream = {
    ...{ isTTY: true, columns: 80, cursorTo: () => true, clearLine: () => true, moveCursor: () => true },
    write: (text: string) => written.push(text) > 0,
  };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

it('a bar ends with its work, also with work that fails: the cursor is back, and nothing runs on', async () => {
  for (const work of [async () => 7, () => Promise.reject(new Error('no'))]) {
    const { stream, written } = terminal();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await withProgress(
      'Work',
      (update) => {
        update(0.5, 'half');
        return work();
      },
      stream,
    ).then(
      (value) => expect(value).toBe(7),
      (error: Error) => expect(error.message).toBe('no'),
    );
    expect(written.join('')).toContain('half');
    expect(written.at(-1)).toBe('\n');
    expect(timers()).toBe(before);
  }
});

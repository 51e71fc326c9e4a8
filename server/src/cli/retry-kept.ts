/** `openami decode --retry`: what the server kept and could not read is read once more. */
import type { RetryAnswer } from '../contract/radio.ts';
import { withBackend } from './backend.ts';
import type { CommonFlags } from './common-flags.ts';
import { configOf } from './config.ts';
import { printJson } from './output.ts';
import type { CliContext } from './program.ts';

export interface RetryFlags extends CommonFlags {
  readonly device?: string;
}

/** A line for each meter or device; exit code 1 when the newest telegram of one still cannot be read. */
export async function retryKept(context: CliContext, flags: RetryFlags): Promise<void> {
  const { device: name } = flags;
  await withBackend(configOf(context, flags), async ({ client }) => {
    for (let after = ''; ; ) {
      const json = { after, ...(name && { name }) };
      const answer = await client.json<RetryAnswer>('/api/v1/radio/retry', { method: 'POST', json });
      for (const item of answer.items) {
        if (item.code !== '') context.exitCode = 1;
        printJson(context.output, item);
      }
      if (answer.next === '') return;
      after = answer.next;
    }
  });
}

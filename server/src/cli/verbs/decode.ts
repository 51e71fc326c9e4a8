/** `openami decode`: a frame in, JSON out. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { decodeFrame, frameFormats } from '@openami/wire';
import type { Command } from 'commander';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';

/** Adds the verb. */
export function addDecode(program: Command, context: CliContext): void {
  program
    .command('decode')
    .description('decode a frame to JSON lines')
    .argument('<format>', `one of ${frameFormats.join(', ')}`)
    .argument('[file]', 'file with the frame; standard input when left out')
    .option('--hex', 'the frame is written in hexadecimal digits')
    .addHelpText('after', `\nExample:\n  echo '{"meter":"A1","series":[]}' | openami decode push`)
    .action(async (format: string, file: string | undefined, flags: { hex?: boolean }) => {
      const raw = file === undefined ? await buffer(process.stdin) : await readFile(file);
      const bytes = flags.hex ? Buffer.from(raw.toString('latin1').replace(/[\s:]/g, ''), 'hex') : raw;
      for (const message of decodeFrame(format, bytes)) {
        if (typeof message === 'object' && message !== null && 'error' in message) context.exitCode = 1;
        printJson(context.output, message);
      }
    });
}

/** `openami decode`: frames in, JSON out. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { decodeFrame, frameFormats } from '@openami/wire';
import type { Command } from 'commander';
import { serverErrors } from '../../errors.ts';
import { decodeLines } from '../decode-lines.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';

const help = `
dlms takes JSON lines {"id","hex","guek"?,"gak"?,"systemTitle"?}: APDUs, wrapper, HDLC or M-Bus frames and
pushes, and prints a line for each. The other formats take one frame.

Example:
  echo '{"id":1,"hex":"C0 01 C1 00 08 00 00 01 00 00 FF 02 00"}' | openami decode dlms
  echo '{"meter":"A1","series":[]}' | openami decode push`;

/** Adds the verb. */
export function addDecode(program: Command, context: CliContext): void {
  program
    .command('decode')
    .description('decode frames to JSON lines')
    .argument('<format>', `dlms, or one of ${frameFormats.join(', ')}`)
    .argument('[file]', 'file to read; standard input when left out')
    .option('--hex', 'the frame is written in hexadecimal digits (not for dlms)')
    .addHelpText('after', help)
    .action(async (format: string, file: string | undefined, flags: { hex?: boolean }) => {
      const found = file === undefined ? undefined : await stat(file).catch(() => null);
      if (found === null || found?.isDirectory()) throw serverErrors.USAGE(`${file} is not a file`);
      if (format === 'dlms') {
        const { output } = context;
        const input = file === undefined ? process.stdin : createReadStream(file);
        const allOk = await decodeLines(input, (text) => output.outWhenRoom?.(text) ?? output.out(text));
        if (!allOk) context.exitCode = 1;
        return;
      }
      const raw = file === undefined ? await buffer(process.stdin) : await readFile(file);
      const bytes = flags.hex ? Buffer.from(raw.toString('latin1').replace(/[\s:]/g, ''), 'hex') : raw;
      for (const message of decodeFrame(format, bytes)) {
        if (typeof message === 'object' && message !== null && 'error' in message) context.exitCode = 1;
        printJson(context.output, message);
      }
    });
}

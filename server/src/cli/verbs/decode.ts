/** `openami decode`: frames in, JSON out. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { decodeFrame, frameFormats } from '@openami/wire';
import type { Command } from 'commander';
import { serverErrors } from '../../errors.ts';
import { decodeLines } from '../decode-lines.ts';
import { type LineFormat, lineFormats } from '../line-formats.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';

const allFormats = [...lineFormats.map(({ name }) => name), ...frameFormats].sort().join(', ');

const example = `
The formats above take JSON Lines and print a line for each, in order; "id" comes back as it is, "ok" says
whether it was decoded, and a line that was not costs no other. \`openami decode FORMAT --help\` tells what a
line holds. The others (${frameFormats.join(', ')}) take one frame.

Example:
  ${shellExample(lineFormats[0]!)}
  echo '{"meter":"A1","series":[]}' | openami decode push`;

const fileArgument = ['[file]', 'file to read; standard input when left out'] as const;

interface LineFlags {
  readonly asSent?: boolean;
}

/** Adds the verb. */
export function addDecode(program: Command, context: CliContext): void {
  const decode = program
    .command('decode')
    .description('decode frames to JSON lines')
    .usage('<format> [file]')
    .argument('<format>', `one of those below, or of ${frameFormats.join(', ')}`)
    .argument(...fileArgument)
    .option('--hex', 'the frame is written in hexadecimal digits (formats that take one frame)')
    .addHelpText('after', example)
    .action(async (format: string, file: string | undefined, flags: { hex?: boolean }) => {
      if (!frameFormats.includes(format)) throw serverErrors.USAGE(`no format "${format}": ${allFormats}`);
      await checkFile(file);
      const raw = file === undefined ? await buffer(process.stdin) : await readFile(file);
      const bytes = flags.hex ? Buffer.from(raw.toString('latin1').replace(/[\s:]/g, ''), 'hex') : raw;
      for (const message of decodeFrame(format, bytes)) {
        if (typeof message === 'object' && message !== null && 'error' in message) context.exitCode = 1;
        printJson(context.output, message);
      }
    });
  for (const format of lineFormats) addLineFormat(decode, format, context);
}

function addLineFormat(decode: Command, format: LineFormat, context: CliContext): void {
  const command = decode
    .command(format.name)
    .description(format.title)
    .argument(...fileArgument)
    .addHelpText('after', `\nA line: ${format.takes}\n\nExample:\n  ${shellExample(format)}`)
    .action(async (file: string | undefined, { asSent = true }: LineFlags) => {
      await checkFile(file);
      const { output } = context;
      const input = file === undefined ? process.stdin : createReadStream(file);
      const decoding = await format.open({ asSent });
      try {
        const write = (text: string) => output.outWhenRoom?.(text) ?? output.out(text);
        const allOk = await decodeLines(input, (line) => decoding.decode(line), write);
        if (!allOk) context.exitCode = 1;
      } finally {
        await decoding.close?.();
      }
    });
  if (!format.name.endsWith('mbus')) return;
  command
    .option('--as-sent', 'what a meter marks as no value is printed as it is sent (this is the default)')
    .option('--no-as-sent', 'what a meter marks as no value is null');
}

/** Some shells' `echo` would take a backslash for its own. */
function shellExample({ name, example: line }: LineFormat): string {
  const print = line.includes('\\') ? "printf '%s\\n'" : 'echo';
  return `${print} '${line}' | openami decode ${name}`;
}

async function checkFile(file: string | undefined): Promise<void> {
  const found = file === undefined ? undefined : await stat(file).catch(() => null);
  if (found === null || found?.isDirectory()) throw serverErrors.USAGE(`${file} is not a file`);
}

/** `openami export csv|greenbutton|nem12`: readings to a file or standard output. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Command } from 'commander';
import { importFormats } from '../../contract/imports.ts';
import { serverErrors } from '../../errors.ts';
import { withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import type { CliContext } from '../program.ts';
import { zoneArgument } from '../zone-argument.ts';

interface ExportFlags extends CommonFlags {
  readonly meter?: string;
  readonly quantity?: string;
  readonly from: string;
  readonly to: string;
  readonly zone?: string;
  readonly out?: string;
}

/** Adds the verb. */
export function addExport(program: Command, context: CliContext): void {
  commonFlags(program.command('export'))
    .description('write readings as a file')
    .argument('<format>', importFormats.join(', '))
    .requiredOption('--from <time>', 'from this time on: a date (UTC) or an ISO-8601 stamp')
    .requiredOption('--to <time>', 'up to this time')
    .option('--meter <serials>', 'serials with commas between; default: all')
    .option('--quantity <name>', 'OBIS code or alias of the channel; default: all')
    .option('--zone <zone>', 'zone of the time stamps in the file', zoneArgument)
    .option('--out <file>', 'file; default: standard output')
    .addHelpText(
      'after',
      '\nExample:\n  openami export csv --meter OA1 --from 2026-03-01 --to 2026-04-01 --out march.csv',
    )
    .action(async (format: string, flags: ExportFlags) => {
      if (!(importFormats as readonly string[]).includes(format)) {
        throw serverErrors.USAGE(`"${format}" is none of ${importFormats.join(', ')}`);
      }
      const { meter, quantity, zone } = flags;
      const query = { format, meter, quantity, zone, from: stamp(flags.from), to: stamp(flags.to) };
      await withBackend(configOf(context, flags), async ({ client }) => {
        const response = await client.request('/api/v1/export', { query });
        const source = Readable.fromWeb(response.body as ReadableStream);
        if (flags.out) await pipeline(source, createWriteStream(flags.out));
        else for await (const part of source.setEncoding('utf8')) context.output.out(String(part));
      });
    });
}

function stamp(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw serverErrors.USAGE(`"${text}" is not a time such as 2026-03-01 or 2026-03-01T00:00:00Z`);
  return new Date(ms).toISOString();
}

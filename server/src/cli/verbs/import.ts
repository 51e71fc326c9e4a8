/** `openami import csv|greenbutton|nem12 FILE`: readings from a file. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Commodity } from '@openami/model';
import { type Command, Option } from 'commander';
import {
  type ImportFormat,
  type ImportJob,
  type ImportPreview,
  importFormats,
} from '../../contract/imports.ts';
import { serverErrors } from '../../errors.ts';
import { parseMappingText, sampleBytes } from '../../imports/options.ts';
import { previewOf } from '../../imports/preview.ts';
import { firstBytes, unpacked } from '../../imports/spool.ts';
import { type Backend, withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import { type Output, printJson, printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';
import { zoneArgument } from '../zone-argument.ts';

/** Refused rows shown on the terminal. */
const shownRejects = 3;

interface ImportFlags extends CommonFlags {
  readonly preview?: boolean;
  readonly mapping?: string;
  readonly zone?: string;
  readonly unit?: string;
  readonly quantity?: string;
  readonly commodity?: string;
  readonly registerMissing?: boolean;
  readonly dryRun?: boolean;
  readonly rejects?: string;
}

const example = `
Examples:
  openami import csv load.csv --preview
  openami import csv load.csv.gz --zone Europe/Berlin --unit kWh --register-missing --rejects rejects.csv
  openami import nem12 meters.nem12 --register-missing
  openami import greenbutton usage.xml --register-missing

A repeat of the same file changes nothing. Rows that cannot be taken go to the reject file with line and
reason; the others are stored, and the exit code is 1 when there was any. An import that was interrupted
goes on when the server starts again.`;

/** Adds the verb. */
export function addImport(program: Command, context: CliContext): void {
  commonFlags(program.command('import'))
    .description('import readings from a file (packed with gzip or not)')
    .argument('<format>', importFormats.join(', '))
    .argument('<file>', 'the file')
    .option('--preview', 'show columns, first rows and the proposed mapping, import nothing')
    .option('--mapping <json>', 'column mapping: JSON, or a file with JSON')
    .option('--zone <zone>', 'IANA zone of time stamps without an offset, and of new meters', zoneArgument)
    .option('--unit <unit>', 'unit of the values, e.g. kWh')
    .option('--quantity <name>', 'what was measured: OBIS code, CIM reading type or a name such as import')
    .addOption(
      new Option('--commodity <name>', 'of new meters').choices(['electricity', 'gas', 'water', 'heat']),
    )
    .option('--register-missing', 'create meters and channels the registry does not know')
    .option('--dry-run', 'check everything, store nothing')
    .option('--rejects <file>', 'write refused rows to this CSV file')
    .addHelpText('after', example)
    .action(async (format: string, file: string, flags: ImportFlags) => {
      if (!importFormats.includes(format as ImportJob['format'])) {
        throw serverErrors.USAGE(`"${format}" is none of ${importFormats.join(', ')}`);
      }
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) throw serverErrors.USAGE(`${file} is not a file`);
      if (flags.preview) await preview(context, format as ImportFormat, file, flags);
      else
        await withBackend(configOf(context, flags), (backend) => run(context, backend, format, file, flags));
    });
}

/** What the first bytes say; needs neither server nor store. */
async function preview(
  context: CliContext,
  format: ImportFormat,
  file: string,
  { zone, unit, quantity, commodity }: ImportFlags,
): Promise<void> {
  const sample = await firstBytes(unpacked(createReadStream(file)), sampleBytes);
  const options = {
    ...{ name: basename(file), ...(zone ? { zone } : {}), ...(unit ? { unit } : {}) },
    ...{ ...(quantity ? { quantity } : {}), ...(commodity ? { commodity: commodity as Commodity } : {}) },
  };
  const shown = await previewOf(format, sample, options);
  showPreview(context, shown);
  if (format === 'csv' ? shown.mapping === null : shown.seriesTotal === 0) context.exitCode = 1;
}

async function run(
  context: CliContext,
  backend: Backend,
  format: string,
  file: string,
  flags: ImportFlags,
): Promise<void> {
  const { zone, unit, quantity, commodity, dryRun, registerMissing } = flags;
  const mapping = flags.mapping === undefined ? undefined : await mappingText(flags.mapping);
  const query = {
    name: basename(file),
    format,
    mapping,
    zone,
    unit,
    quantity,
    commodity,
    dryRun,
    registerMissing,
  };
  const started = await backend.client.json<ImportJob>('/api/v1/imports', {
    method: 'POST',
    query,
    ...{ body: createReadStream(file), type: 'application/octet-stream' },
  });
  const job = await follow(backend, started);
  if (flags.rejects && job.counts.rejected > 0) await saveRejects(backend, job.id, flags.rejects);
  report(context, job, flags.rejects);
  if (job.counts.rejected > 0) await showFirstRejects(context, backend, job.id);
}

/** JSON given in the flag itself, or in the file it names; of a saved preview its mapping. */
async function mappingText(given: string): Promise<string> {
  const text = given.trimStart().startsWith('{') ? given : await readFile(given, 'utf8').catch(unreadable);
  const parsed = parseMappingText(text) as { version?: unknown; mapping?: unknown } | undefined;
  const whole = parsed?.version === undefined && typeof parsed?.mapping === 'object';
  return whole ? JSON.stringify(parsed.mapping) : text;
}

function unreadable(error: Error): never {
  throw serverErrors.USAGE(`--mapping: ${error.message}`);
}

async function follow({ client }: Backend, started: ImportJob): Promise<ImportJob> {
  return withProgress('Import', async (update) => {
    let job = started;
    for (
      let waitMs = 20;
      job.state === 'queued' || job.state === 'running';
      waitMs = Math.min(waitMs * 2, 400)
    ) {
      await sleep(waitMs);
      job = await client.json<ImportJob>(`/api/v1/imports/${started.id}`);
      update(job.progress, `${job.counts.rows.toLocaleString('en')} readings`);
    }
    return job;
  });
}

/** The first refused rows, so that the reason is seen at once. */
async function showFirstRejects({ output }: CliContext, { client }: Backend, id: number): Promise<void> {
  const response = await client.request(`/api/v1/imports/${id}/rejects`);
  const input = Readable.fromWeb(response.body as ReadableStream);
  let n = 0;
  for await (const line of createInterface({ input })) {
    if (n > 0) output.err(`  ${line}\n`);
    if (++n > shownRejects) break;
  }
  // an answer that is not read to its end keeps its connection, and the server that is ours waits for it
  input.destroy();
}

async function saveRejects({ client }: Backend, id: number, path: string): Promise<void> {
  const response = await client.request(`/api/v1/imports/${id}/rejects`);
  await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(path));
}

function report(context: CliContext, job: ImportJob, rejects: string | undefined): void {
  const { output } = context;
  const { id, state, dryRun, counts } = job;
  printRecord(output, {
    id,
    name: job.name,
    state,
    dryRun,
    ...counts,
    ...(job.error ? { error: job.error } : {}),
  });
  const taken = counts.stored + counts.repeats + counts.corrections + counts.unregistered;
  if (job.error) output.err(`${job.error.code}: ${job.error.detail}\n${job.error.hint}\n`);
  if (counts.rejected > 0) {
    const where = rejects ?? `--rejects FILE, or GET /api/v1/imports/${id}/rejects`;
    output.err(
      `${counts.rejected} readings or rows were refused, ${taken} taken; line and reason: ${where}\n`,
    );
  }
  if (counts.unregistered > 0) {
    output.err(
      `${counts.unregistered} readings belong to meters that are not registered: see --register-missing\n`,
    );
  }
  if (state === 'done' && counts.rows + counts.rejected + counts.missing === 0)
    output.err('There are no readings in the file.\n');
  const nothing = taken === 0 && counts.missing === 0;
  if (state !== 'done' || nothing || counts.rejected > 0) context.exitCode = 1;
}

function showPreview({ output }: CliContext, preview: ImportPreview): void {
  if (!output.tty) {
    printJson(output, preview);
    return;
  }
  output.out(`Format ${preview.format}\n\n`);
  if (preview.format === 'csv') showMapping(output, preview);
  else {
    printRecords(output, preview.series);
    const more = preview.seriesTotal - preview.series.length;
    if (more > 0) output.out(`and ${more} more series\n`);
  }
  for (const warning of preview.warnings) output.err(`Note: ${warning}\n`);
}

function showMapping(output: Output, preview: ImportPreview): void {
  printRecords(
    output,
    preview.columns.map(({ index, name, role, confidence, samples }) => ({
      column: index,
      name,
      role,
      sure: `${Math.round(confidence * 100)} %`,
      samples: samples.slice(0, 3).join(' | '),
    })),
  );
  for (const row of preview.rows.slice(0, 5)) output.out(`${row.join(' | ')}\n`);
  output.out(`\nMapping (save it, edit it, hand it back with --mapping FILE):\n`);
  output.out(`${JSON.stringify(preview.mapping, null, 2)}\n`);
}

/** `openami commission import|status`: lists of meters put into use, and where they stand. */
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { commodities } from '@openami/model';
import { type Command, Option } from 'commander';
import type { BulkJob, CommissioningList, CommissioningSummary } from '../../contract/commissioning.ts';
import { serverErrors } from '../../errors.ts';
import { type Backend, withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags, configOf } from '../config.ts';
import { printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';

interface ImportFlags extends CommonFlags {
  readonly commodity?: string;
  readonly onlyHeard?: boolean;
  readonly codec?: string;
  readonly encoding: string;
  readonly different: string;
  readonly map?: string;
  readonly failed?: string;
}

const example = `
Examples:
  openami commission import keys.csv --commodity water --only-heard
  openami commission import join-file.json --commodity water --codec acme/water --failed failed.csv
  openami commission import labels.txt --commodity water
  openami commission status

Key lists, join files (CSV, XML, JSON), shipment files, or scanned labels, one a line. Rows that fail are told
with their reason; the others are done, and a repeat of the list does no harm. Delete the file afterwards: it
holds keys.`;

/** Adds the verb. */
export function addCommission(program: Command, context: CliContext): void {
  const commission = program
    .command('commission')
    .description('put meters into use: lists of meters, and where each stands')
    .addHelpText('after', example);
  commonFlags(commission.command('import'))
    .description('register, key and install the meters of a list')
    .argument('<file>', 'the file')
    .addOption(new Option('--commodity <name>', 'of rows that name none').choices([...commodities]))
    .option('--only-heard', 'refuse meters that nobody hears and nobody knows')
    .option('--codec <id>', 'of LoRaWAN devices whose row names none')
    .addOption(
      new Option('--encoding <name>', 'how keys are written').choices(['hex', 'base64']).default('hex'),
    )
    .addOption(
      new Option('--different <what>', 'a meter that has another key: refuse the row, or stage its key')
        .choices(['reject', 'stage'])
        .default('reject'),
    )
    .option('--map <json>', 'where the file has what: a file with JSON, as for `openami keys import`')
    .option('--failed <file>', 'write rows that failed to this CSV file')
    .addHelpText('after', example)
    .action((file: string, flags: ImportFlags) => importList(context, file, flags));
  commonFlags(commission.command('status'))
    .description('how many meters stand where, and which wait for too long')
    .action((flags: CommonFlags) => showStatus(context, flags));
}

async function importList(context: CliContext, file: string, flags: ImportFlags): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw serverErrors.USAGE(`${file} is not a file`);
  const { commodity, onlyHeard, codec, encoding, different } = flags;
  const mapping = flags.map === undefined ? undefined : await readFile(flags.map, 'utf8').catch(unreadable);
  const query = { name: basename(file), commodity, onlyHeard, codec, encoding, different, mapping };
  await withBackend(configOf(context, flags), async (backend) => {
    const sent = await backend.client.json<BulkJob>('/api/v1/commissioning/jobs', {
      ...{ method: 'POST', query, body: createReadStream(file), type: 'application/octet-stream' },
    });
    const job = await followed(backend, sent);
    printRecord(context.output, {
      ...{
        id: job.id,
        name: job.name,
        state: job.state,
        total: job.total,
        done: job.done,
        failed: job.failed,
      },
      ...(job.error ? { error: `${job.error.code}: ${job.error.detail}` } : {}),
    });
    if (job.failed > 0) await tellFailed(context, backend, job, flags.failed);
    if (job.state !== 'done' || job.failed > 0) context.exitCode = 1;
  });
}

function unreadable(error: Error): never {
  throw serverErrors.USAGE(`--map: ${error.message}`);
}

function followed({ client }: Backend, sent: BulkJob): Promise<BulkJob> {
  return withProgress('Meters', async (update) => {
    let job = sent;
    for (let waitMs = 20; ['queued', 'running'].includes(job.state); waitMs = Math.min(waitMs * 2, 400)) {
      await sleep(waitMs);
      job = await client.json<BulkJob>(`/api/v1/commissioning/jobs/${sent.id}`);
      const { done, failed, total } = job;
      update((done + failed) / Math.max(total, 1), `${done} of ${total} done, ${failed} failed`);
    }
    return job;
  });
}

async function tellFailed(
  { output }: CliContext,
  { client }: Backend,
  { id, failed }: BulkJob,
  path: string | undefined,
): Promise<void> {
  const url = `/api/v1/commissioning/jobs/${id}/failed`;
  const body = Readable.fromWeb((await client.request(url)).body as ReadableStream);
  if (path === undefined) await pipeline(body, async (lines) => output.err(await textOf(lines)));
  else await pipeline(body, createWriteStream(path));
  output.err(`${failed} rows failed${path === undefined ? '' : `: ${path}`}\n`);
}

/** Rows shown on the terminal. */
const shownRows = 20;

async function textOf(lines: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of lines)
    if (text.split('\n').length <= shownRows) text += Buffer.from(chunk).toString();
  return `${text
    .split('\n')
    .slice(0, shownRows + 1)
    .join('\n')
    .trimEnd()}\n`;
}

async function showStatus(context: CliContext, flags: CommonFlags): Promise<void> {
  await withBackend(configOf(context, flags), async ({ client }) => {
    const { states } = await client.json<CommissioningSummary>('/api/v1/commissioning/summary');
    printRecords(context.output, states);
    const late = await client.json<CommissioningList>('/api/v1/commissioning?late=true&limit=20');
    for (const { serial, state, findings } of late.items) {
      const [first] = findings;
      context.output.err(`${serial} (${state}): ${first?.code ?? ''} ${first?.detail ?? ''}\n`);
    }
    if (late.total > late.items.length) context.output.err(`and ${late.total - late.items.length} more\n`);
  });
}

/** `openami keys import|check`: key files of manufacturers, and whether the keys kept are those in use. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { commodities } from '@openami/model';
import { type Command, Option } from 'commander';
import type { KeyCheckAnswer, KeyImportAnswer } from '../../contract/keys.ts';
import { serverErrors } from '../../errors.ts';
import { withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import { printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';

interface ImportFlags extends CommonFlags {
  readonly map?: string;
  readonly format?: string;
  readonly encoding: string;
  readonly suite: string;
  readonly different: string;
  readonly register?: string;
  readonly transportKeyFile?: string;
}

const example = `
Examples:
  openami keys import delivery.csv
  openami keys import delivery.xml --map vendor.json --transport-key-file transport.hex
  openami keys import delivery.xml --map '{"format":"xml","record":"M","fields":{"serial":"@id","guek":"K"}}'

Usual column and element names are known without a mapping. Refused rows are printed with line and reason; the
others are taken, and importing a file again changes nothing. Delete the file afterwards: it holds keys.`;

/** Adds the verb. */
export function addKeys(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('keys of meters: import of key files, check');
  keys.addHelpText('after', example);
  commonFlags(keys.command('import'))
    .description('import a key file of a manufacturer: CSV with a header row, or XML')
    .argument('<file>', 'the file')
    .option('--map <json>', 'where the file has what: JSON, or a file with JSON')
    .addOption(new Option('--format <name>', 'default: by the name of the file').choices(['csv', 'xml']))
    .addOption(
      new Option('--encoding <name>', 'how keys are written').choices(['hex', 'base64']).default('hex'),
    )
    .addOption(new Option('--suite <n>', 'of rows that name none').choices(['0', '1', '2']).default('0'))
    .addOption(
      new Option('--different <what>', 'a meter that has another key: refuse the row, or stage its key')
        .choices(['reject', 'stage'])
        .default('reject'),
    )
    .addOption(
      new Option('--register <commodity>', 'register meters that are not known, as in stock').choices([
        ...commodities,
      ]),
    )
    .option('--transport-key-file <file>', 'hexadecimal key that wraps the keys of the file')
    .addHelpText('after', example)
    .action((file: string, flags: ImportFlags) => importFile(context, file, flags));
  commonFlags(keys.command('check'))
    .description('check the keys of a meter against the meter and its last telegrams')
    .argument('<serial>', 'serial number of the meter')
    .option('--telegram <hex>', 'a telegram of the meter: it alone is looked at')
    .action(async (serial: string, flags: CommonFlags & { telegram?: string }) => {
      const found = await withBackend(configOf(context, flags), async ({ client }) => {
        const path = `/api/v1/meters?q=${encodeURIComponent(serial)}`;
        const { items } = await client.json<{ items: { id: number; serial: string }[] }>(path);
        const meter = items.find((one) => one.serial === serial);
        if (meter === undefined) throw serverErrors.USAGE(`no meter has the serial number ${serial}`);
        const json = flags.telegram === undefined ? {} : { telegram: flags.telegram };
        return client.json<KeyCheckAnswer>(`/api/v1/meters/${meter.id}/keys/check`, { method: 'POST', json });
      });
      showCheck(context, found);
    });
}

async function importFile(context: CliContext, file: string, flags: ImportFlags): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw serverErrors.USAGE(`${file} is not a file`);
  const { encoding, suite, different, register } = flags;
  const mapping = flags.map === undefined ? undefined : await textOrFile(flags.map, '--map');
  const transport =
    flags.transportKeyFile === undefined
      ? undefined
      : await textOf(flags.transportKeyFile, '--transport-key-file');
  const format = flags.format ?? (/\.xml$/i.test(file) ? 'xml' : 'csv');
  const answer = await withBackend(configOf(context, flags), ({ client }) =>
    client.json<KeyImportAnswer>('/api/v1/keys/import', {
      method: 'POST',
      query: { name: basename(file), format, encoding, suite: Number(suite), different, mapping, register },
      ...(transport === undefined ? {} : { headers: { 'x-transport-key': transport.trim() } }),
      ...{ body: createReadStream(file), type: 'application/octet-stream' },
    }),
  );
  const { rejects, error, ...counts } = answer;
  printRecord(context.output, { ...counts, ...(error ? { error: `${error.code}: ${error.detail}` } : {}) });
  for (const { line, code, detail } of rejects) context.output.err(`line ${line}: ${code}: ${detail}\n`);
  const isTaken = counts.added + counts.staged + counts.unchanged + counts.titles + counts.registered > 0;
  if (error !== null || !isTaken) context.exitCode = 1;
}

function textOrFile(given: string, flag: string): Promise<string> {
  return given.trimStart().startsWith('{') ? Promise.resolve(given) : textOf(given, flag);
}

function textOf(path: string, flag: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw serverErrors.USAGE(`${flag}: ${error.message}`);
  });
}

function showCheck(context: CliContext, { meter, meterError, telegrams, telegramsLooked }: KeyCheckAnswer) {
  const rows = (source: string, checks: KeyCheckAnswer['meter']) =>
    checks.map(({ keys, verdict, error }) => ({
      source,
      keys: keys.map(({ kind, version, state }) => `${kind} ${version} (${state})`).join(', '),
      verdict,
      why: error === null ? '' : `${error.code}: ${error.detail}`,
    }));
  const shown = [...rows('meter', meter), ...rows('telegrams', telegrams)];
  printRecords(context.output, shown);
  if (meterError) context.output.err(`${meterError.code}: ${meterError.detail}\n`);
  if (telegramsLooked === 0) context.output.err('There are no telegrams of this meter to look at.\n');
  if (!shown.some(({ verdict }) => verdict === 'right')) context.exitCode = 1;
}

/** `openami bill run|status|held|release|approve|issue|export`: bill runs over the API of the server. */
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { BillItem, BillReleaseResult, BillRunItem } from '../../contract/index.ts';
import { serverErrors } from '../../errors.ts';
import { type Backend, withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import { printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';

interface RunFlags extends CommonFlags {
  readonly from: string;
  readonly cycle?: string;
  readonly account?: string;
}
interface ReleaseFlags extends CommonFlags {
  readonly reason: string;
  readonly run?: number;
  readonly hold?: string;
}
interface ApproveFlags extends CommonFlags {
  readonly email: string;
  readonly passwordFile?: string;
}
interface ExportFlags extends CommonFlags {
  readonly format: string;
  readonly out?: string;
}

const example = `
Examples:
  openami bill run --from 2026-10-01
  openami bill held 1
  openami bill release 17 --reason "moved in in mid-month"
  openami bill release --run 1 --hold NOT_READY --reason "a few hours are missing"
  openami bill approve 1 --email anna@example.org < password.txt
  openami bill issue 1
  openami bill export 1 --format csv --out bills.csv`;

/** Adds the verb. */
export function addBill(program: Command, context: CliContext): void {
  const bill = program
    .command('bill')
    .description('bill runs, from start to file')
    .addHelpText('after', example);
  const verb = (name: string, description: string) =>
    commonFlags(bill.command(name)).description(description);
  verb('run', 'start a run of a cycle and follow it')
    .requiredOption('--from <date>', 'first local date of the cycle')
    .option('--cycle <name>', 'default: the calendar month')
    .option('--account <numbers>', 'only these accounts, with commas between')
    .action((flags: RunFlags) => startRun(context, flags));
  verb('status', 'how far a run is, and what is held')
    .argument('<run>', 'its number', idArgument)
    .action((id: number, flags: CommonFlags) =>
      withBackend(configOf(context, flags), async ({ client }) =>
        print(context, await client.json<BillRunItem>(`/api/v1/bill-runs/${id}`)),
      ),
    );
  verb('held', 'bills of a run that are held, each with why')
    .argument('<run>', 'its number', idArgument)
    .action((id: number, flags: CommonFlags) => showHeld(context, id, flags));
  verb('release', 'let a held bill through, or those of a run that are held for some reasons')
    .argument('[bill]', 'its number', idArgument)
    .addOption(new Option('--run <run>', 'all of this run …').argParser(idArgument))
    .option('--hold <codes>', '… that are held for none but these, with commas between')
    .requiredOption('--reason <text>', 'why: it is kept')
    .action((id: number | undefined, flags: ReleaseFlags) => release(context, id, flags));
  verb('approve', 'approve a run as a person, with the password from standard input')
    .argument('<run>', 'its number', idArgument)
    .requiredOption('--email <address>', 'who approves: another person than who started it')
    .option('--password-file <file>', 'the password; default: standard input')
    .action((id: number, flags: ApproveFlags) => approve(context, id, flags));
  verb('issue', 'issue the bills of an approved run')
    .argument('<run>', 'its number', idArgument)
    .action((id: number, flags: CommonFlags) =>
      withBackend(configOf(context, flags), async (backend) => {
        await backend.client.json(`/api/v1/bill-runs/${id}/issue`, { method: 'POST' });
        print(context, await followed(backend, id));
      }),
    );
  verb('export', 'bills of a run as a file')
    .argument('<run>', 'its number', idArgument)
    .addOption(
      new Option('--format <name>', 'what of them')
        .choices(['jsonl', 'csv', 'determinants.csv'])
        .default('jsonl'),
    )
    .option('--out <file>', 'file; default: standard output')
    .action((id: number, flags: ExportFlags) => exportRun(context, id, flags));
}

function idArgument(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw serverErrors.USAGE(`"${text}" is not a number of a run or bill`);
  return Number(text);
}

async function release(context: CliContext, id: number | undefined, flags: ReleaseFlags): Promise<void> {
  const { reason, run, hold, ...common } = flags;
  if ((id === undefined) === (run === undefined) || (run === undefined) !== (hold === undefined))
    throw serverErrors.USAGE('give the number of a bill, or --run and --hold');
  await withBackend(configOf(context, common), async ({ client }) => {
    if (run !== undefined) {
      const holds = hold!.split(',').map((code) => code.trim());
      const options = { method: 'POST', json: { holds, reason, limit: 10_000 } } as const;
      const done = await client.json<BillReleaseResult>(`/api/v1/bill-runs/${run}/release`, options);
      printRecord(context.output, { run, released: done.released, left: done.left });
      return;
    }
    const options = { method: 'POST', json: { reason } } as const;
    const item = await client.json<BillItem>(`/api/v1/bills/${id}/release`, options);
    printRecord(context.output, { bill: item.id, state: item.state, total: item.total });
  });
}

function print({ output }: CliContext, run: BillRunItem): void {
  const { id, state, from, to, agreements, done, counts, holds, totals } = run;
  const error = run.error ? { error: `${run.error.code}: ${run.error.detail}` } : {};
  printRecord(output, { run: id, state, from, to, agreements, done, counts, holds, totals, ...error });
}

async function startRun(context: CliContext, { from, cycle, account, ...flags }: RunFlags): Promise<void> {
  const accounts = account?.split(',').map((number) => number.trim());
  await withBackend(configOf(context, flags), async (backend) => {
    const json = { from, ...(cycle && { cycle }), ...(accounts && { accounts }) };
    const { id } = await backend.client.json<BillRunItem>('/api/v1/bill-runs', { method: 'POST', json });
    const run = await followed(backend, id);
    print(context, run);
    if (run.state === 'failed') context.exitCode = 1;
  });
}

/** The run once it stands still; how far it is goes to stderr. */
function followed({ client }: Backend, id: number): Promise<BillRunItem> {
  return withProgress('Bills', async (update) => {
    for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 500)) {
      const run = await client.json<BillRunItem>(`/api/v1/bill-runs/${id}`);
      if (!['draft', 'calculating', 'issuing'].includes(run.state)) return run;
      update(run.progress, `${run.done} of ${run.agreements}, ${run.state}`);
      await sleep(waitMs);
    }
  });
}

async function showHeld(context: CliContext, run: number, flags: CommonFlags): Promise<void> {
  await withBackend(configOf(context, flags), async ({ client }) => {
    // a run that is not there has no held bills either, but is another answer
    await client.json<BillRunItem>(`/api/v1/bill-runs/${run}`);
    for (let cursor: string | undefined; ; ) {
      const query = { run, state: 'held', limit: 1_000, cursor };
      const page = await client.json<{ items: BillItem[]; next: string | null }>('/api/v1/bills', { query });
      const rows = page.items.map(({ id, account, agreement, total, holds }) => ({
        ...{ bill: id, account, agreement, total },
        holds: holds.map(({ code, message }) => `${code}: ${message}`).join('; '),
      }));
      printRecords(context.output, rows);
      if (page.next === null) return;
      cursor = page.next;
    }
  });
}

const mostPassword = 1_000;

/** A run is approved by a person and by no token, so the person signs in, and out again. */
async function approve(
  context: CliContext,
  id: number,
  { email, passwordFile, ...flags }: ApproveFlags,
): Promise<void> {
  let password = '';
  const source = passwordFile === undefined ? process.stdin : createReadStream(passwordFile);
  for await (const part of source) {
    password += String(part);
    if (password.length > mostPassword)
      throw serverErrors.USAGE(`a password has at most ${mostPassword} characters`);
  }
  await withBackend(configOf(context, flags), async ({ client }) => {
    const signedIn = await fetch(new URL('/api/auth/sign-in/email', client.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: client.url },
      body: JSON.stringify({ email, password: password.replace(/\r?\n$/, '') }),
    });
    if (!signedIn.ok) throw serverErrors.SIGN_IN_FAILED(email);
    const cookie = signedIn.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    const as = { method: 'POST', headers: { authorization: '', cookie, origin: client.url } } as const;
    try {
      print(context, await client.json<BillRunItem>(`/api/v1/bill-runs/${id}/approve`, as));
    } finally {
      await client.request('/api/auth/sign-out', as).catch(() => undefined);
    }
  });
}

async function exportRun(
  context: CliContext,
  run: number,
  { format, out, ...flags }: ExportFlags,
): Promise<void> {
  await withBackend(configOf(context, flags), async ({ client }) => {
    const response = await client.request('/api/v1/bills', { query: { run, format } });
    const source = Readable.fromWeb(response.body as ReadableStream);
    if (out) await pipeline(source, createWriteStream(out));
    else for await (const part of source.setEncoding('utf8')) context.output.out(String(part));
  });
}

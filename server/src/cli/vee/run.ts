/** `openami vee`: a file in, a line for every interval out. */
import { hasValue } from '@openami/vee';
import { serverErrors } from '../../errors.ts';
import { printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { withProgress } from '../progress.ts';
import { extentOf } from './channel-grid.ts';
import { Judge, ruleSetOf } from './judge.ts';
import {
  findingLines,
  findingsByRule,
  intervalLines,
  type JudgedChannel,
  owedSlots,
  unusedLine,
  unusedWords,
} from './judged.ts';
import { loadSet, type Note } from './load-sets.ts';
import type { ReadAs } from './read-as.ts';
import { commodityInPath, type Input, type InputChannel } from './read-input.ts';

export interface VeeRequest {
  readonly input: string;
  readonly as: ReadAs;
  readonly registers: string | undefined;
  readonly rules: string | undefined;
  readonly findings: boolean;
}

/** Output is handed on in pieces of about this many characters. */
const flushChars = 65_536;

/** Validates, estimates and prints. */
export async function runVee(context: CliContext, request: VeeRequest): Promise<void> {
  const { output } = context;
  const { as, input: path } = request;
  if (as.zone === undefined)
    throw serverErrors.USAGE('--timezone is needed: days are those of the meters, e.g. Europe/Berlin');
  const note: Note = (text) => output.err(`Note: ${text}\n`);
  const judge = new Judge(await ruleSetOf(request.rules), Math.floor(Date.now() / 1_000));
  const set = {
    ...as,
    ...{ name: path, paths: [path] },
    commodity: as.commodity ?? commodityInPath(path) ?? 'electricity',
  };
  const input = await loadSet(set, note);
  sayRefused(context, input);
  const reads =
    request.registers === undefined ? undefined : await readRegisters(request.registers, set, note);
  // one meter, one register: their names need not agree
  const only = input.channels.length === 1 && reads?.channels.length === 1 ? reads.channels[0] : undefined;
  const used = new Set<InputChannel>();
  const lastS = Math.max(...input.channels.map(({ rows }) => extentOf(rows).to));
  const named = new Set(input.channels.map(({ meter }) => meter)).size < input.channels.length;
  await withProgress('Vee', async (update) => {
    for (const [i, channel] of input.channels.entries()) {
      update(i / input.channels.length, channel.meter);
      const own = reads?.channels.find(({ meter }) => meter === channel.meter) ?? only;
      if (own) used.add(own);
      const judged = judge.judge(channel, {
        lastS,
        ...(as.intervalMinutes === undefined ? {} : { intervalMinutes: as.intervalMinutes }),
        ...(own ? { reads: own } : {}),
      });
      await printIntervals(context, judged, named);
      if (request.findings)
        for (const line of findingLines(judged, named)) output.err(`${JSON.stringify(line)}\n`);
      else output.err(summaryOf(judged));
    }
  });
  for (const unused of reads?.channels ?? []) {
    if (used.has(unused)) continue;
    if (request.findings) output.err(`${JSON.stringify(unusedLine(unused))}\n`);
    else note(`--registers: ${unused.meter}: ${unusedWords}`);
  }
}

/** Register reads of the same meters. */
function readRegisters(path: string, set: ReadAs, note: Note): Promise<Input> {
  const { zone, commodity, unit, clock } = set;
  return loadSet(
    {
      ...{ name: path, paths: [path], values: 'register', zone: zone!, commodity: commodity! },
      ...{ ...(unit ? { unit } : {}), ...(clock ? { clock } : {}) },
    },
    note,
  );
}

function sayRefused({ output }: CliContext, { refusedRows, rejects }: Input): void {
  if (refusedRows === 0) return;
  output.err(`${refusedRows} rows were refused; the first:\n`);
  for (const { line, code, detail, value } of rejects)
    output.err(`  line ${line}: ${code} ${detail} ${value}\n`);
}

async function printIntervals({ output }: CliContext, judged: JudgedChannel, named: boolean): Promise<void> {
  if (output.tty) {
    printRecords(output, [...intervalLines(judged, named)] as unknown as Record<string, unknown>[]);
    return;
  }
  let text = '';
  for (const line of intervalLines(judged, named)) {
    text += `${JSON.stringify(line)}\n`;
    if (text.length < flushChars) continue;
    await (output.outWhenRoom?.(text) ?? output.out(text));
    text = '';
  }
  await (output.outWhenRoom?.(text) ?? output.out(text));
}

/** One line for a person: how many intervals, how they came to be, what was found. */
function summaryOf(judged: JudgedChannel): string {
  const { channel, final, methods } = judged;
  const [first, end] = owedSlots(judged);
  const slots = end - first;
  const filled = final.quality
    .subarray(first, end)
    .reduce((n, quality) => (hasValue(quality) ? n + 1 : n), 0);
  const found = Object.entries(findingsByRule(judged))
    .map(([rule, n]) => `${rule} ${n}`)
    .join(', ');
  return (
    `${channel.meter}: ${slots} intervals, ${methods.size} estimated, ${slots - filled} without a value; ` +
    `${found === '' ? 'nothing found' : `found: ${found} (--findings says more)`}\n`
  );
}

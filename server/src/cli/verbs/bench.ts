/** `openami bench`: measures, each as a ratio to a ceiling measured in the same run. */
import type { BenchOptions } from '@openami/bench';
import type { Command } from 'commander';
import { serverErrors } from '../../errors.ts';
import { printJson, printRecord } from '../output.ts';
import type { CliContext } from '../program.ts';
import { numberOf } from './serve.ts';

interface BenchFlags {
  readonly json?: boolean;
  readonly part?: string;
  readonly rows?: string;
  readonly seconds?: string;
  readonly data?: string;
}

/** Adds the verb. */
export function addBench(program: Command, context: CliContext): void {
  program
    .command('bench')
    .description('measure this machine')
    .argument('<name>', 'ingest, query, mqtt, dlms, decode, vee, billing or what-if')
    .option('--json', 'one JSON object on standard output')
    .option('--part <name>', 'one part alone (dlms: sessions, pushes or inbound; decode: wire or uplinks)')
    .option('--rows <number>', 'size of the data')
    .option('--seconds <number>', 'length of a timed run (mqtt, dlms, decode)')
    .option('--data <folder>', 'real meter data for bytes on disk; what is not there is left out')
    .addHelpText('after', '\nExample:\n  openami bench ingest --json')
    .action(async (name: string, flags: BenchFlags) => {
      const all = await import('@openami/bench');
      const { benchBilling, benchWhatIf, benches: others, decodeParts, dlmsParts } = all;
      const { benchedRuns } = await import('../bench-billing.ts');
      const { benchedImpacts } = await import('../bench-what-if.ts');
      const billing = (options: BenchOptions) => benchBilling(benchedRuns(), options);
      const whatIf = (options: BenchOptions) => benchWhatIf(benchedImpacts(), options);
      const benches: Readonly<Record<string, typeof billing>> = { ...others, billing, 'what-if': whatIf };
      const names = Object.keys(benches);
      const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
      if (!bench) throw serverErrors.USAGE(`There is no bench "${name}"; there are ${names.join(', ')}.`);
      const rows = numberOf('--rows', flags.rows);
      const seconds = numberOf('--seconds', flags.seconds);
      const { part, data: dataDir } = flags;
      const parts: readonly string[] = { dlms: dlmsParts, decode: decodeParts }[name] ?? [];
      if (part !== undefined && !parts.includes(part)) {
        const has = parts.length === 0 ? 'no parts' : parts.join(', ');
        throw serverErrors.USAGE(`There is no part "${part}" of ${name}; it has ${has}.`);
      }
      const result = (await bench({ part, rows, seconds, dataDir })) as Record<string, unknown>;
      if (flags.json) printJson(context.output, result);
      else printRecord(context.output, result);
    });
}

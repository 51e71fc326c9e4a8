/** `openami doctor`: what is wrong, and what to do. */
import type { Command } from 'commander';
import { examine, explainConfig } from '../../doctor.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';

/** Adds the verb. */
export function addDoctor(program: Command, context: CliContext): void {
  commonFlags(program.command('doctor'))
    .description('check configuration, ports, folders, disk and engines')
    .option('--keys', 'list every key of the configuration with its value and meaning')
    .addHelpText('after', '\nExample:\n  openami doctor --data-dir /var/lib/openami')
    .action(async (flags: CommonFlags & { keys?: boolean }) => {
      if (flags.keys) {
        printRecords(context.output, explainConfig(context.env, flags));
        return;
      }
      const findings = await examine(context.env, flags);
      printRecords(
        context.output,
        findings.map(({ check, ok, detail, next }) => ({ check, ok: ok ? 'ok' : 'WRONG', detail, next })),
      );
      if (findings.some((finding) => !finding.ok)) context.exitCode = 1;
    });
}

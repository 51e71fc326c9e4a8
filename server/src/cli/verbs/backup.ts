/** `openami backup DIR` and `openami restore DIR`. */
import { resolve } from 'node:path';
import { systemClock } from '@openami/model';
import type { Command } from 'commander';
import { serverErrors } from '../../errors.ts';
import { sessionSecret } from '../../identity/secrets.ts';
import type { BackupResult } from '../../services/backup.ts';
import { withBackend } from '../backend.ts';
import { runningServer } from '../client.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf, quietLog } from '../config.ts';
import { printRecord } from '../output.ts';
import type { CliContext } from '../program.ts';

/** Adds both verbs. */
export function addBackup(program: Command, context: CliContext): void {
  commonFlags(program.command('backup'))
    .description('write both stores into an empty folder, also while the server runs')
    .argument('<folder>', 'empty, or not there yet')
    .addHelpText('after', '\nExample:\n  openami backup /backup/2026-03-31')
    .action(async (folder: string, flags: CommonFlags) => {
      const result = await withBackend(configOf(context, flags), ({ client }) =>
        client.json<BackupResult>('/api/v1/backup', { method: 'POST', json: { dir: resolve(folder) } }),
      );
      printRecord(context.output, { ...result });
    });
  commonFlags(program.command('restore'))
    .description('fill an empty data folder from a backup and verify it')
    .argument('<folder>', 'a folder that `openami backup` wrote')
    .addHelpText('after', '\nExample:\n  openami restore /backup/2026-03-31 --data-dir /var/lib/openami')
    .action(async (folder: string, flags: CommonFlags) => {
      const config = configOf(context, flags);
      if (await runningServer(config.dataDir)) throw serverErrors.ALREADY_RUNNING('Stop the server first.');
      const { openStores } = await import('../../stores.ts');
      const { migrateIdentity } = await import('../../identity/auth.ts');
      const { restoreStores } = await import('../../services/backup.ts');
      const stores = await openStores(config, systemClock, quietLog());
      try {
        const secret = sessionSecret(config.secret, config.dataDir);
        await migrateIdentity({ registry: stores.registry, secret, publicUrl: config.publicUrl });
        printRecord(context.output, { ...(await restoreStores(stores, folder)) });
      } finally {
        await stores.store.close();
        await stores.registry.close();
      }
    });
}

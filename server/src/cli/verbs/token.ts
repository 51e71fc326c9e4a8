/** `openami token`: API tokens. */
import { type Command, Option } from 'commander';
import { type TokenCreated, type TokenItem, tokenRoles } from '../../contract/identity.ts';
import { serverErrors } from '../../errors.ts';
import { withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags, configOf } from '../config.ts';
import { printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';
import { numberOf } from './serve.ts';

const dayMs = 86_400_000;

/** Adds the verb. */
export function addToken(program: Command, context: CliContext): void {
  const token = program.command('token').description('API tokens of programs');
  token.addHelpText('after', '\nExample:\n  openami token create grafana --role viewer --days 365');
  commonFlags(token.command('create'))
    .description('make a token; it is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--role <role>', 'what it may do').choices([...tokenRoles]).default('viewer'))
    .option('--days <number>', 'days until it ends; default: never')
    .action(async (name: string, flags: CommonFlags & { role: string; days?: string }) => {
      const days = numberOf('--days', flags.days);
      const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * dayMs).toISOString();
      const made = await withBackend(configOf(context, flags), ({ client }) =>
        client.json<TokenCreated>('/api/v1/tokens', {
          method: 'POST',
          json: { name, role: flags.role, expiresAt },
        }),
      );
      printRecord(context.output, made);
    });
  commonFlags(token.command('list'))
    .description('list tokens')
    .action(async (flags: CommonFlags) => {
      const { items } = await withBackend(configOf(context, flags), ({ client }) =>
        client.json<{ items: TokenItem[] }>('/api/v1/tokens'),
      );
      printRecords(context.output, items);
    });
  commonFlags(token.command('revoke'))
    .description('revoke a token by its id')
    .argument('<id>')
    .action(async (id: string, flags: CommonFlags) => {
      if (!/^\d+$/.test(id)) throw serverErrors.USAGE(`"${id}" is not the id of a token`);
      await withBackend(configOf(context, flags), ({ client }) =>
        client.json(`/api/v1/tokens/${id}`, { method: 'DELETE' }),
      );
      context.output.err('The token was revoked.\n');
    });
}

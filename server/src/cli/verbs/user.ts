/** `openami user`: add, list, password. */
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { roles, type UserItem } from '../../contract/identity.ts';
import { serverErrors } from '../../errors.ts';
import { withBackend } from '../backend.ts';
import { type CommonFlags, commonFlags } from '../common-flags.ts';
import { configOf } from '../config.ts';
import { printRecord, printRecords } from '../output.ts';
import type { CliContext } from '../program.ts';

/** Adds the verb. */
export function addUser(program: Command, context: CliContext): void {
  const user = program.command('user').description('users who sign in to the console');
  user.addHelpText(
    'after',
    '\nExample:\n  echo "a long password" | openami user add anna@example.org --name Anna --role operator',
  );
  commonFlags(user.command('add'))
    .description('add a user; the password is read from standard input')
    .argument('<email>')
    .requiredOption('--name <name>', 'full name')
    .addOption(new Option('--role <role>', 'what they may do').choices([...roles]).default('viewer'))
    .action(async (email: string, flags: CommonFlags & { name: string; role: string }) => {
      const password = await readPassword(context);
      const { name, role } = flags;
      const made = await withBackend(configOf(context, flags), ({ client }) =>
        client.json<UserItem>('/api/v1/users', { method: 'POST', json: { email, name, role, password } }),
      );
      printRecord(context.output, made);
    });
  commonFlags(user.command('list'))
    .description('list users')
    .action(async (flags: CommonFlags) => {
      const { items } = await withBackend(configOf(context, flags), ({ client }) =>
        client.json<{ items: UserItem[] }>('/api/v1/users'),
      );
      printRecords(context.output, items);
    });
  commonFlags(user.command('password'))
    .description('set a password, read from standard input; ends the sessions of the user')
    .argument('<email>')
    .action(async (email: string, flags: CommonFlags) => {
      const password = await readPassword(context);
      await withBackend(configOf(context, flags), async ({ client }) => {
        const { items } = await client.json<{ items: UserItem[] }>('/api/v1/users');
        const found = items.find((one) => one.email === email.toLowerCase());
        if (!found) throw serverErrors.USER_UNKNOWN(`${email} is not a user`);
        await client.json(`/api/v1/users/${found.id}`, { method: 'PATCH', json: { password } });
      });
      context.output.err('The password was set.\n');
    });
}

/** One line of standard input: passwords do not belong on a command line. */
async function readPassword({ output }: CliContext): Promise<string> {
  if (process.stdin.isTTY) output.err('Password (at least 12 characters): ');
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw serverErrors.WEAK_PASSWORD('No password came on standard input.');
}

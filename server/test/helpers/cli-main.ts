/** The command as a process of its own. */
import { fileURLToPath } from 'node:url';
import { childModule } from '@openami/model';

const { url, execArgv } = childModule(new URL('../../src/cli/program.ts', import.meta.url).href, 'main');

/** What Node needs to run the command, or what it is made of. */
export const cliNode: readonly string[] = execArgv;
/** What Node is started with, before the verb. */
export const cliMain: readonly string[] = [...cliNode, fileURLToPath(url)];

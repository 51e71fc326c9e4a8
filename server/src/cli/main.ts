/** Entry of the command: runs it and leaves with its exit code. */
import { runCommand } from './program.ts';

process.exitCode = await runCommand(process.argv.slice(2));

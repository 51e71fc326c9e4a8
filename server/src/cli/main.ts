/** Entry of the command: runs it and leaves with its exit code. */
import { runCommand } from './program.ts';

// Whoever read the output has had enough (`openami … | head`): what goes on until it is told to stop is told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM');
  else process.exit();
});
process.exitCode = await runCommand(process.argv.slice(2));

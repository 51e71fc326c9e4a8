/** Arguments of a tool. */
import { parseArgs } from 'node:util';

/** Ends with exit code 2 and the usage, where something is given that the tool does not know. */
export function argumentsOf(options, usage) {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

/** Flags every verb has. */
import type { Command } from 'commander';

export interface CommonFlags {
  readonly config?: string;
  readonly dataDir?: string;
}

/** Adds the flags. */
export function commonFlags(command: Command): Command {
  return command
    .option('--config <file>', 'YAML file with the configuration (OPENAMI_CONFIG)')
    .option('--data-dir <folder>', 'folder of everything that is kept (OPENAMI_DATA_DIR)');
}

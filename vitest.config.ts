import { defineConfig } from 'vitest/config';

const conditions = ['@openami/source'];

/** Workspaces run from source: no build between an edit and its test. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['*/test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    pool: 'forks',
    // files share a process and what it has loaded: a third of the time of small tests was loading modules
    isolate: false,
  },
});

import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:interop`: against implementations of others, installed into a temporary folder. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['*/test/interop/**/*.interop.ts'],
    testTimeout: 120_000,
    hookTimeout: 600_000,
    maxWorkers: 1,
  },
});

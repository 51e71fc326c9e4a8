import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run test:faults`: the long kill-and-restart campaign. */
export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['*/test/faults/**/*.faults.ts'],
    testTimeout: 1_800_000,
    maxWorkers: 1,
  },
});

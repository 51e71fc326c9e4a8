import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** `npm run fuzz`: bytes of chance through the decoders, for as long as is asked for. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['*/test/fuzz/**/*.fuzz.ts'], maxWorkers: 1 },
});

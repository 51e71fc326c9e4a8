import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scoreCodecs } from './conformance.ts';

const root = fileURLToPath(new URL('../../../../shared/vectors/lorawan', import.meta.url));
const scripts = process.env.OPENAMI_LORAWAN_CODECS ?? '';
const hasBoth = existsSync(`${root}/metering-codec-examples.jsonl`) && scripts !== '' && existsSync(scripts);
if (!hasBoth) {
  console.warn(
    'skipped: published codecs need ../shared and OPENAMI_LORAWAN_CODECS, a folder of their scripts',
  );
}

test.skipIf(!hasBoth)('published codecs give what their examples say', { timeout: 120_000 }, async () => {
  const { total, passed, absent, notes } = await scoreCodecs(root, scripts);
  console.warn(`${passed} of ${total} examples (${absent} without a script)\n${notes.join('\n')}`);
  expect(total).toBeGreaterThan(0);
  // eleven want a module for ciphers, and one contradicts its script
  expect(total - passed).toBeLessThanOrEqual(12);
});

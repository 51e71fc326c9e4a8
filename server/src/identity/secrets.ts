/** Secrets that are made once and kept in the data folder, readable by their owner only. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Random text of at least 128 bits, safe in URLs. */
export function randomSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url');
}

/** SHA-256 as hex: what the store keeps of a token. Tokens are random, so no salt is needed. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A file only its owner may read. */
export function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}

/** The key that signs sessions: from the configuration, else made on the first start. */
export function sessionSecret(configured: string, dataDir: string): string {
  if (configured !== '') return configured;
  const path = join(dataDir, 'secret');
  mkdirSync(dataDir, { recursive: true });
  try {
    const kept = readFileSync(path, 'utf8').trim();
    if (kept.length >= 32) return kept;
  } catch {
    // first start
  }
  const made = randomSecret();
  writePrivate(path, `${made}\n`);
  return made;
}

/** What examples print, caught for the tests of a file. */
import { afterEach, beforeEach, vi } from 'vitest';

/** Lines that the test under way has printed; nothing goes to the console. */
export function catchPrinted(): readonly string[] {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(console, 'log').mockImplementation((...parts: unknown[]) => void printed.push(parts.join(' ')));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return printed;
}

/**
 * Slows down guessing: counts wrong logins by user name and address together, and by address alone
 * with more room (many meters may share one), in windows of fixed length. Who was let in before from that
 * address is not held up by others there who guess. Bounded memory.
 */
import { remember } from '../remember.ts';

interface Window {
  startMs: number;
  failures: number;
}

const remembered = 20_000;
const rememberedRight = 200_000;
/** Wrong logins an address may have for each that one user name may have. */
const addressRoom = 10;

export class LoginLimit {
  readonly #failures: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();
  /** Pairs of user name and address that were right. */
  readonly #right = new Set<string>();

  constructor(failures: number, windowMs: number) {
    this.#failures = failures;
    this.#windowMs = windowMs;
  }

  /** True when this user name or address must wait. */
  limited(username: string, address: string, nowMs: number): boolean {
    const pair = pairKey(username, address);
    if (this.#count(pair, nowMs) >= this.#failures) return true;
    return this.#count(address, nowMs) >= this.#failures * addressRoom && !this.#right.has(pair);
  }

  /**
   * Notes what came of an attempt; false when others that were checked at the same time have used up the
   * failures of this user name, so that many guesses at once are no more than many in turn.
   */
  checked(username: string, address: string, nowMs: number, right: boolean): boolean {
    const pair = pairKey(username, address);
    if (this.#count(pair, nowMs) >= this.#failures) return false;
    if (right) {
      this.#right.delete(pair);
      if (this.#right.size >= rememberedRight) this.#right.delete(this.#right.values().next().value!);
      this.#right.add(pair);
    } else {
      this.#add(pair, nowMs);
      this.#add(address, nowMs);
    }
    return true;
  }

  #count(key: string, nowMs: number): number {
    const window = this.#windows.get(key);
    return window === undefined || nowMs - window.startMs >= this.#windowMs ? 0 : window.failures;
  }

  #add(key: string, nowMs: number): void {
    const failures = this.#count(key, nowMs);
    const startMs = failures === 0 ? nowMs : this.#windows.get(key)!.startMs;
    remember(this.#windows, key, { startMs, failures: failures + 1 }, remembered);
  }
}

function pairKey(username: string, address: string): string {
  return `${address} ${username.slice(0, 128)}`;
}

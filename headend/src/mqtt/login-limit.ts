/**
 * Slows down guessing: counts wrong logins by user name and address together, and by address alone
 * with more room (many meters may share one), in windows of fixed length. Bounded memory.
 */
interface Window {
  startMs: number;
  failures: number;
}

const remembered = 20_000;
/** Wrong logins an address may have for each that one user name may have. */
const addressRoom = 10;

export class LoginLimit {
  readonly #failures: number;
  readonly #windowMs: number;
  readonly #windows = new Map<string, Window>();

  constructor(failures: number, windowMs: number) {
    this.#failures = failures;
    this.#windowMs = windowMs;
  }

  /** True when this user name or address must wait. */
  limited(username: string, address: string, nowMs: number): boolean {
    return (
      this.#count(pairKey(username, address), nowMs) >= this.#failures ||
      this.#count(address, nowMs) >= this.#failures * addressRoom
    );
  }

  failed(username: string, address: string, nowMs: number): void {
    this.#add(pairKey(username, address), nowMs);
    this.#add(address, nowMs);
  }

  #count(key: string, nowMs: number): number {
    const window = this.#windows.get(key);
    return window === undefined || nowMs - window.startMs >= this.#windowMs ? 0 : window.failures;
  }

  #add(key: string, nowMs: number): void {
    const failures = this.#count(key, nowMs);
    const startMs = failures === 0 ? nowMs : this.#windows.get(key)!.startMs;
    this.#windows.delete(key);
    if (this.#windows.size >= remembered) this.#windows.delete(this.#windows.keys().next().value!);
    this.#windows.set(key, { startMs, failures: failures + 1 });
  }
}

function pairKey(username: string, address: string): string {
  return `${address} ${username.slice(0, 128)}`;
}

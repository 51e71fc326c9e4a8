/** Sends what meters push: a connection or a datagram each, a bounded number at once, with repeats. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createConnection } from 'node:net';

export interface PushTarget {
  readonly host: string;
  readonly port: number;
  readonly network: 'tcp' | 'udp';
}

export interface PushCounts {
  sent: number;
  /** Given up after the last repeat, or turned away when too many waited. */
  lost: number;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly target: PushTarget;
  attempts: number;
}

const AT_ONCE = 128;
const MOST_WAITING = 100_000;
const REPEATS = 3;
const REPEAT_MS = 2_000;
const CONNECT_MS = 5_000;

export class Pusher {
  readonly counts: PushCounts = { sent: 0, lost: 0 };
  readonly #waiting: Waiting[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #next = 0;
  #underWay = 0;
  #udp: UdpSocket | undefined;
  #idle: (() => void)[] = [];
  #stopped = false;

  send(bytes: Uint8Array, target: PushTarget): void {
    if (this.#stopped || this.#waiting.length - this.#next >= MOST_WAITING) {
      this.counts.lost++;
      return;
    }
    this.#waiting.push({ bytes, target, attempts: 0 });
    this.#work();
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#waiting.length = 0;
    this.#next = 0;
    this.#udp?.close();
    this.#udp = undefined;
    this.#settle();
  }

  get #isIdle(): boolean {
    return this.#underWay === 0 && this.#next >= this.#waiting.length && this.#timers.size === 0;
  }

  #work(): void {
    while (this.#underWay < AT_ONCE && this.#next < this.#waiting.length) {
      const one = this.#waiting[this.#next++]!;
      if (this.#next === this.#waiting.length) {
        this.#waiting.length = 0;
        this.#next = 0;
      }
      this.#underWay++;
      const put = one.target.network === 'udp' ? this.#datagram(one) : stream(one);
      put.then((isSent) => this.#done(one, isSent));
    }
  }

  #done(one: Waiting, isSent: boolean): void {
    this.#underWay--;
    if (isSent) this.counts.sent++;
    else if (this.#stopped || ++one.attempts > REPEATS) this.counts.lost++;
    else {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#waiting.push(one);
        this.#work();
      }, REPEAT_MS);
      this.#timers.add(timer);
    }
    this.#work();
    this.#settle();
  }

  #settle(): void {
    if (!this.#isIdle) return;
    for (const done of this.#idle.splice(0)) done();
  }

  #datagram({ bytes, target: { host, port } }: Waiting): Promise<boolean> {
    this.#udp ??= createSocket(host.includes(':') ? 'udp6' : 'udp4');
    const socket = this.#udp;
    return new Promise((resolve) => socket.send(bytes, port, host, (error) => resolve(!error)));
  }
}

function stream({ bytes, target: { host, port } }: Waiting): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, noDelay: true });
    let isSent = false;
    socket.setTimeout(CONNECT_MS, () => socket.destroy());
    socket.once('connect', () => {
      socket.end(bytes, () => {
        isSent = true;
      });
      socket.resume();
    });
    socket.on('error', () => {
      isSent = false;
    });
    socket.once('close', () => resolve(isSent));
  });
}

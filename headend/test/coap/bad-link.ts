/** A UDP link between one device and the server that loses, repeats, delays and so reorders datagrams. */
import { createSocket, type Socket } from 'node:dgram';

export interface LinkFaults {
  /** Of each datagram, from 0 to 1. */
  readonly loss: number;
  readonly repeat: number;
  readonly delayMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

export class BadLink {
  readonly #faults: LinkFaults;
  readonly #serverPort: number;
  readonly #near: Socket = createSocket('udp4');
  #far: Socket = createSocket('udp4');
  #devicePort = 0;
  #isOpen = true;
  lost = 0;
  repeated = 0;

  constructor(serverPort: number, faults: LinkFaults) {
    this.#serverPort = serverPort;
    this.#faults = faults;
  }

  /** The port that the device takes for the server's. */
  async open(): Promise<number> {
    this.#near.on('message', (bytes, { port }) => {
      this.#devicePort = port;
      this.#carry(() => this.#far.send(bytes, this.#serverPort, '127.0.0.1'));
    });
    this.#listen();
    await new Promise<void>((done) => this.#near.bind(0, '127.0.0.1', done));
    return this.#near.address().port;
  }

  /** The device has another address from now on, as after a pause of a NAT. */
  move(): void {
    this.#far.close();
    this.#far = createSocket('udp4');
    this.#listen();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(
      [this.#near, this.#far].map((socket) => new Promise<void>((done) => socket.close(() => done()))),
    );
  }

  #listen(): void {
    const far = this.#far;
    far.on('message', (bytes) => this.#carry(() => this.#near.send(bytes, this.#devicePort, '127.0.0.1')));
  }

  #carry(send: () => void): void {
    const { loss, repeat, delayMs, random } = this.#faults;
    const deliver = () => {
      if (random() < loss) {
        this.lost += 1;
        return;
      }
      setTimeout(() => {
        if (this.#isOpen) send();
      }, random() * delayMs);
    };
    deliver();
    if (random() >= repeat) return;
    this.repeated += 1;
    deliver();
  }
}

/**
 * The UDP profile of IEC 62056-47: a wrapper frame a datagram. Datagrams get lost, so a request that changes
 * nothing when it comes twice is sent again: reads, and ciphered ones, which the counter tells apart.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { OpenAmiError } from '@openami/model';
import { decodeWrapper, encodeWrapper, isProtected } from '@openami/wire/dlms';
import { plain } from './channel.ts';
import { dlmsFieldErrors } from './errors.ts';
import type { LinkLimits } from './limits.ts';
import { LinkBase } from './link.ts';
import { isBetween, type WrapperPorts } from './wrapper-link.ts';

export interface UdpOptions extends WrapperPorts {
  readonly host: string;
  readonly port: number;
  /** Until a request is sent again, default 3 s. */
  readonly repeatMs?: number;
  /** How often it is, default 3. */
  readonly repeats?: number;
}

/** ReadRequest, AARQ, RLRQ, Get-Request. */
const harmless = new Set([0x05, 0x60, 0x62, 0xc0]);

/** Opens a socket for one meter. Raises DLMS_UNREACHABLE. */
export async function openUdp(options: UdpOptions, limits: LinkLimits): Promise<UdpLink> {
  const { host, port } = options;
  const remote = `${host}:${port}`;
  try {
    const { address, family } = isIP(host) ? { address: host, family: isIP(host) } : await lookup(host);
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      // a connected socket takes datagrams of the meter alone
      socket.connect(port, address, () => {
        socket.removeAllListeners('error');
        resolve();
      });
    });
    return new UdpLink(socket, remote, options, limits);
  } catch (error) {
    throw dlmsFieldErrors.DLMS_UNREACHABLE(`${remote}: ${(error as Error).message}`, { remote }, error);
  }
}

export class UdpLink extends LinkBase {
  readonly remote: string;
  readonly #socket: Socket;
  readonly #ports: WrapperPorts;
  readonly #repeatMs: number;
  readonly #repeats: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, remote: string, options: UdpOptions, limits: LinkLimits) {
    super(limits);
    this.remote = remote;
    this.#socket = socket;
    this.#ports = options;
    this.#repeatMs = options.repeatMs ?? 3_000;
    this.#repeats = options.repeats ?? 3;
    socket.on('message', (datagram) => this.#take(plain(datagram)));
    socket.on('error', (error) =>
      this.abandon(dlmsFieldErrors.DLMS_UNREACHABLE(`${remote}: ${error.message}`, { remote }, error)),
    );
  }

  receive(signal?: AbortSignal): Promise<Uint8Array> {
    return this.awaitNext(signal);
  }

  send(apdu: Uint8Array): void {
    this.#put(apdu);
  }

  protected override transmit(apdu: Uint8Array): void {
    this.#put(apdu);
    clearTimeout(this.#timer);
    const tag = apdu[0] ?? 0;
    if (harmless.has(tag) || isProtected(tag)) this.#repeat(apdu, this.#repeats);
  }

  protected override drop(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  protected override async shut(): Promise<void> {
    this.drop();
  }

  #put(apdu: Uint8Array): void {
    const { client: source, server: destination } = this.#ports;
    this.#socket.send(encodeWrapper({ source, destination, apdu }));
  }

  #repeat(apdu: Uint8Array, left: number): void {
    if (left === 0) return;
    this.#timer = setTimeout(() => {
      if (!this.isOpen || !this.isAwaiting) return;
      this.#put(apdu);
      this.#repeat(apdu, left - 1);
    }, this.#repeatMs);
  }

  #take(datagram: Uint8Array): void {
    try {
      const frame = decodeWrapper(datagram);
      this.alive();
      if (!isBetween(frame, this.#ports)) this.onUnsolicited?.(frame.apdu);
      else {
        if (this.isAwaiting) clearTimeout(this.#timer);
        this.deliver(frame.apdu);
      }
    } catch (error) {
      this.noise = error as OpenAmiError;
    }
  }
}

/**
 * The CoAP front: a UDP port for devices of a private network. An answer of 2.04 is sent when a report is
 * stored for good; a device whose report is not stored is told 5.03 and sends again.
 *
 * There is no DTLS in Node and none here: whoever reaches the port can claim any address that his network
 * lets him claim, and read what is said. It belongs into a private APN or a VPN, never on the internet, and
 * is off unless it is asked for.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { utf8Bytes } from '@openami/wire';
import { coapCodes, coapOptions, uintCoapOption, uintOption } from '@openami/wire/coap';
import { contentFormats, type Lwm2mResource, standardLwm2mModels } from '@openami/wire/lwm2m';
import { LoginLimit } from '../mqtt/login-limit.ts';
import { QuietLog } from '../quiet-log.ts';
import { UnderWay } from '../under-way.ts';
import { CoapEndpoint, type CoapReply, type CoapRequest } from './endpoint.ts';
import { coapErrors } from './errors.ts';
import { Intake, retryLater, unknownSender } from './intake.ts';
import { defaultCoapLimits, newCoapCounters } from './limits.ts';
import { Lwm2mServer } from './lwm2m-server.ts';
import type {
  CoapCounters,
  CoapDevice,
  CoapFront,
  CoapFrontOptions,
  CoapIdentity,
  CoapLimits,
  CoapPeer,
  CoapSender,
} from './types.ts';

const DEFAULT_PORT = 5_683;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** Binds its port and serves. Throws COAP_LISTEN_FAILED. */
export async function createCoapFront(options: CoapFrontOptions): Promise<CoapFront> {
  const front = new UdpFront(options);
  await front.listen();
  return front;
}

class UdpFront implements CoapFront {
  readonly counters: CoapCounters = newCoapCounters();
  readonly #options: CoapFrontOptions;
  readonly #limits: CoapLimits;
  readonly #log: QuietLog;
  readonly #unknown: LoginLimit;
  readonly #intake: Intake;
  readonly #endpoint: CoapEndpoint;
  readonly #server: Lwm2mServer;
  readonly #socket: Socket;
  readonly #senmlPath: string;
  #sweep: NodeJS.Timeout | undefined;
  #url = '';
  #closing: Promise<void> | undefined;
  #isClosed = false;
  /** Datagrams that the system has not taken yet. */
  readonly #sending = new UnderWay();

  constructor(options: CoapFrontOptions) {
    const { clock, log, ingest, models = standardLwm2mModels, random = Math.random } = options;
    const { counters } = this;
    this.#options = options;
    this.#limits = { ...defaultCoapLimits, ...options.limits };
    this.#log = new QuietLog(log, clock);
    this.#unknown = new LoginLimit(this.#limits.identifyFailures, this.#limits.identifyWindowMs);
    this.#senmlPath = (options.senmlPath ?? '/senml').replace(/^\/+|\/+$/g, '');
    this.#intake = new Intake({ ingest, counters, log: this.#log });
    this.#socket = createSocket({
      type: isIPv6(options.host ?? '') ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER_BYTES,
    });
    this.#endpoint = new CoapEndpoint({
      ...{ clock, random, counters, limits: this.#limits },
      newToken: () => randomBytes(8),
      send: (bytes, peer) => this.#send(bytes, peer),
      heard: (peer) => this.#server.heard(peer),
      serve: (request) => this.#serve(request),
    });
    this.#server = new Lwm2mServer({
      ...{ models, clock, counters, limits: this.#limits, log: this.#log, intake: this.#intake },
      client: () => this.#endpoint.client,
      identify: (sender) => this.#identify(sender),
      newLocation: () => randomBytes(9).toString('base64url'),
    });
  }

  get url(): string {
    return this.#url;
  }

  async listen(): Promise<void> {
    const { host = '127.0.0.1', port = DEFAULT_PORT } = this.#options;
    try {
      await new Promise<void>((done, fail) => {
        this.#socket.once('error', fail);
        this.#socket.bind({ address: host, port }, done);
      });
    } catch (error) {
      this.#socket.close();
      const detail = error instanceof Error ? error.message : undefined;
      throw coapErrors.COAP_LISTEN_FAILED(detail, { host, port }, error);
    }
    this.#socket.on('error', (error) => this.#log.warn('CoAP socket error', { error: error.message }));
    this.#socket.on('message', (bytes, { address, port }) =>
      this.#endpoint.receive(bytes, { address, port }),
    );
    this.#sweep = setInterval(() => this.#server.expire(), this.#limits.sweepMs);
    this.#sweep.unref();
    const bound = this.#socket.address().port;
    this.#url = `coap://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  device(endpoint: string): CoapDevice | undefined {
    return this.#server.devices.named(endpoint);
  }

  read(endpoint: string, path: string): Promise<readonly Lwm2mResource[]> {
    if (this.#closing !== undefined) return Promise.reject(coapErrors.COAP_CLOSED());
    return this.#server.read(endpoint, path);
  }

  tell(...order: Parameters<CoapFront['tell']>): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(coapErrors.COAP_CLOSED());
    return this.#server.tell(...order);
  }

  forget(endpoint: string): void {
    this.#server.forget(endpoint);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#endpoint.close();
    this.#server.devices.clear();
    this.#isClosed = true;
    await this.#sending.none();
    await new Promise<void>((done) => this.#socket.close(() => done()));
  }

  #send(bytes: Uint8Array, { address, port }: CoapPeer): void {
    if (this.#isClosed) return;
    // a datagram that cannot be sent is one that was lost: it is sent again or asked for again
    this.#sending.begin();
    this.#socket.send(bytes, port, address, (error) => {
      this.#sending.end();
      if (error) this.#log.warn('CoAP datagram not sent', { address, error: error.message });
    });
  }

  async #serve(request: CoapRequest): Promise<CoapReply> {
    try {
      return await this.#route(request);
    } catch (error) {
      this.#log.warn('CoAP request failed', {
        path: request.path.join('/').slice(0, 128),
        error: String(error),
      });
      return { code: coapCodes.internalError };
    }
  }

  async #route(request: CoapRequest): Promise<CoapReply> {
    const { code } = request;
    const path = request.path.join('/');
    if (request.path[0] === 'rd') return this.#server.register(request);
    if (path === 'dp') return this.#server.send(request);
    if (path === this.#senmlPath) {
      const isReport = code === coapCodes.post || code === coapCodes.put;
      return isReport ? this.#report(request) : { code: coapCodes.methodNotAllowed };
    }
    if (path !== '.well-known/core') return { code: coapCodes.notFound };
    if (code !== coapCodes.get) return { code: coapCodes.methodNotAllowed };
    const links = `</rd>;rt="core.rd",</${this.#senmlPath}>;ct="110 112"`;
    const format = uintCoapOption(coapOptions.contentFormat, contentFormats.links);
    return { code: coapCodes.content, options: [format], payload: utf8Bytes(links) };
  }

  async #report({ peer, message, payload, receivedMs }: CoapRequest): Promise<CoapReply> {
    const registered = this.#server.devices.of(peer)?.identity;
    const identity = registered ?? (await this.#identify(peer));
    if ('code' in identity) return identity;
    const format = uintOption(message, coapOptions.contentFormat);
    return this.#intake.takeSenml({ identity, payload, receivedMs }, format);
  }

  /** Who it is, or why that is not told; guessing is slowed down. */
  async #identify(sender: CoapSender): Promise<CoapIdentity | CoapReply> {
    const { address, endpoint = '' } = sender;
    const { clock, identify } = this.#options;
    if (this.#unknown.limited(endpoint, address, clock.nowMs())) {
      this.counters.denied += 1;
      return retryLater;
    }
    let identity: CoapIdentity | undefined;
    try {
      identity = await identify(sender);
    } catch (error) {
      this.#log.warn('CoAP sender could not be checked', { address, error: String(error) });
      return retryLater;
    }
    this.#unknown.checked(endpoint, address, clock.nowMs(), identity !== undefined);
    if (identity !== undefined) return identity;
    this.counters.denied += 1;
    this.#log.warn('CoAP sender not known', { address, endpoint: endpoint.slice(0, 128) });
    return endpoint === '' ? unknownSender : { code: coapCodes.forbidden };
  }
}

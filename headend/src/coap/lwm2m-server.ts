/**
 * The LwM2M server: devices register at /rd, are observed and read, and send to /dp.
 *
 *   POST /rd?ep=…&lt=… ─▶ identify ─▶ 2.01 /rd/x ─▶ observe the meters among its objects, while it listens
 *   notification, POST /dp ─▶ decode ─▶ ingest.accept ─ fsync ─▶ confirmed
 */
import { utf8Bytes } from '@openami/wire';
import { type CoapOption, coapCodes, coapOptions, textCoapOptions, uintOption } from '@openami/wire/coap';
import {
  contentFormats,
  decodeLwm2m,
  encodeLwm2mSenml,
  encodeLwm2mTlv,
  type Lwm2mModels,
  type Lwm2mResource,
  lwm2mPathText,
  lwm2mToPush,
  parseLwm2mPath,
  parseRegistration,
  parseUpdate,
  standardLwm2mModels,
  valueOfText,
} from '@openami/wire/lwm2m';
import type { QuietLog } from '../quiet-log.ts';
import type { CoapBody, CoapClient, Notification } from './client.ts';
import { Devices, type Registered } from './devices.ts';
import type { CoapReply, CoapRequest } from './endpoint.ts';
import { coapErrors } from './errors.ts';
import { type Intake, retryLater } from './intake.ts';
import { peerKey } from './peer.ts';
import type {
  CoapCounters,
  CoapDevice,
  CoapIdentity,
  CoapLimits,
  CoapPeer,
  CoapSender,
  Lwm2mOrder,
} from './types.ts';

export interface Lwm2mServerOptions {
  readonly client: () => CoapClient;
  readonly intake: Intake;
  /** The identity, an answer that says why there is none. */
  readonly identify: (sender: CoapSender) => Promise<CoapIdentity | CoapReply>;
  readonly models: Lwm2mModels;
  readonly limits: CoapLimits;
  readonly counters: CoapCounters;
  readonly log: QuietLog;
  readonly clock: { nowMs(): number };
  readonly newLocation: () => string;
}

/** Paths that a device notifies of. */
type Observed = Map<string, { atMs: number; readonly forget: () => void }>;

const badRequest: CoapReply = { code: coapCodes.badRequest };
const notFound: CoapReply = { code: coapCodes.notFound };
const methodNotAllowed: CoapReply = { code: coapCodes.methodNotAllowed };
const NOT_ACCEPTABLE: number = coapCodes.notAcceptable;

export class Lwm2mServer {
  readonly devices: Devices;
  readonly #options: Lwm2mServerOptions;
  readonly #observed = new WeakMap<Registered, Observed>();

  constructor(options: Lwm2mServerOptions) {
    this.#options = options;
    const { limits, newLocation, log } = options;
    this.devices = new Devices({
      ...{ limits, newLocation },
      onLeave: (peer) => options.client().forget(peer),
      workOf: ({ registration: { endpoint } }) => ({
        isQueued: () => this.devices.named(endpoint)?.registration.isQueued ?? false,
        onFailure: (name, error) => {
          const { code, message } = error as { code?: string; message: string };
          log.warn('CoAP request to a device failed', { endpoint, request: name, code, error: message });
        },
      }),
    });
  }

  /** POST /rd, POST and DELETE /rd/x. */
  async register(request: CoapRequest): Promise<CoapReply> {
    const [, location, ...more] = request.path;
    if (more.length > 0) return notFound;
    if (location === undefined)
      return request.code === coapCodes.post ? this.#add(request) : methodNotAllowed;
    const device = this.devices.at(location);
    if (device === undefined) return notFound;
    if (request.code === coapCodes.delete) return this.#remove(device, request.peer);
    return request.code === coapCodes.post ? this.#update(device, request) : methodNotAllowed;
  }

  /** POST /dp: what a device of 1.1 sends of itself. */
  async send({ peer, code, message, payload, receivedMs }: CoapRequest): Promise<CoapReply> {
    if (code !== coapCodes.post) return methodNotAllowed;
    const device = this.devices.of(peer);
    // a device that is not registered must register first
    if (device === undefined) return notFound;
    const format = uintOption(message, coapOptions.contentFormat);
    const { senmlJson, senmlCbor, lwm2mCbor } = contentFormats;
    if (format !== senmlJson && format !== senmlCbor && format !== lwm2mCbor) {
      return { code: coapCodes.unsupportedFormat };
    }
    const { identity } = device;
    return this.#options.intake.answer({ identity, payload, receivedMs }, () => {
      const resources = decodeLwm2m(payload, { format, models: this.#options.models });
      return [lwm2mToPush(resources, { device: identity.name, receivedS: receivedMs / 1_000 })];
    });
  }

  read(endpoint: string, path: string): Promise<readonly Lwm2mResource[]> {
    const device = this.devices.named(endpoint);
    if (device === undefined) return Promise.reject(coapErrors.COAP_NOT_REGISTERED(endpoint.slice(0, 128)));
    return device.work.ask(`read ${path}`, () => this.#read(device, path));
  }

  /**
   * Writes a resource, or executes one (Core 1.1 clause 6.3), when the turn of the device comes; once,
   * whatever becomes of it. `onBegin` is called before the first byte leaves; nothing leaves after the
   * signal. Raises as `read`.
   */
  async tell(
    endpoint: string,
    order: Lwm2mOrder,
    { signal, onBegin }: { readonly signal: AbortSignal; readonly onBegin: () => void },
  ): Promise<void> {
    const device = this.devices.named(endpoint);
    if (device === undefined) throw coapErrors.COAP_NOT_REGISTERED(endpoint.slice(0, 128));
    // a piece of work that fails is tried again when the device wakes up: this one is not
    const failed = await device.work.ask(`${order.do} ${order.path}`, async () => {
      if (signal.aborted) return { error: coapErrors.COAP_TIMEOUT('nobody waits for it any more') };
      onBegin();
      return this.#tell(device, order).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
    });
    if (failed !== undefined) throw failed.error;
  }

  async #tell(device: Registered, order: Lwm2mOrder): Promise<void> {
    const parts = partsOf(device, order.path);
    const client = this.#options.client();
    if (order.do === 'execute') {
      const { text } = contentFormats;
      const body =
        order.arguments === '' ? {} : { body: { format: text, bytes: utf8Bytes(order.arguments) } };
      return client.tell(device.peer, parts, { code: 'post', ...body });
    }
    const { version } = device.registration;
    return client.tell(device.peer, parts, { code: 'put', body: bodyOfWrite(order, version) });
  }

  /** Ends a registration. */
  forget(endpoint: string): void {
    const device = this.devices.named(endpoint);
    if (device !== undefined) this.devices.remove(device);
    this.#count();
  }

  heard(peer: CoapPeer): void {
    this.devices.of(peer)?.work.wake();
  }

  /** Lifetimes that are over end. */
  expire(): void {
    this.devices.expire(this.#options.clock.nowMs());
    this.#count();
  }

  async #add(request: CoapRequest): Promise<CoapReply> {
    const { peer, query, payload } = request;
    const format = uintOption(request.message, coapOptions.contentFormat);
    if (payload.length > 0 && format !== undefined && format !== contentFormats.links) {
      return { code: coapCodes.unsupportedFormat };
    }
    const registration = tried(() => parseRegistration(query, payload));
    if (registration === undefined) return badRequest;
    const identity = await this.#options.identify({ ...peer, endpoint: registration.endpoint });
    if ('code' in identity) return identity;
    const device = this.devices.add(registration, peer, identity, this.#options.clock.nowMs());
    this.#count();
    if (device === undefined) return retryLater;
    const options: CoapOption[] = textCoapOptions(coapOptions.locationPath, ['rd', device.location]);
    return { code: coapCodes.created, options, after: () => this.#plan(device) };
  }

  async #update(device: Registered, { peer, query, payload }: CoapRequest): Promise<CoapReply> {
    const update = tried(() => parseUpdate(query, payload));
    if (update === undefined) return badRequest;
    if (peerKey(peer) !== peerKey(device.peer)) {
      const { endpoint } = device.registration;
      const identity = await this.#options.identify({ ...peer, endpoint });
      if ('code' in identity) return identity;
      if (this.devices.at(device.location) !== device) return notFound;
      device.identity = identity;
      this.#observed.delete(device);
      device.work.clearOwn();
    }
    this.devices.update(device, update, peer, this.#options.clock.nowMs());
    this.#count();
    return { code: coapCodes.changed, after: () => this.#plan(device) };
  }

  #remove(device: Registered, peer: CoapPeer): CoapReply {
    // another address may take a device over by an update, which is identified; not end it
    if (this.devices.of(peer) !== device) return { code: coapCodes.forbidden };
    this.devices.remove(device);
    this.#count();
    return { code: coapCodes.deleted };
  }

  /** Asks for what the device has of meters and does not notify of yet. */
  #plan(device: Registered): void {
    if (this.devices.at(device.location) !== device) return;
    const observed: Observed = this.#observed.get(device) ?? new Map();
    this.#observed.set(device, observed);
    device.work.wake();
    const { limits, models } = this.#options;
    for (const path of meterPaths(device, models).slice(0, limits.observationsPerDevice)) {
      if (!this.#isAlive(observed, path))
        device.work.add(`observe ${path}`, () => this.#observe(device, observed, path));
    }
  }

  /** A device that could not deliver a notification may have ended the observation without a word. */
  #isAlive(observed: Observed, path: string): boolean {
    const known = observed.get(path);
    if (known === undefined) return false;
    if (performance.now() - known.atMs < this.#options.limits.observeAgainMs) return true;
    known.forget();
    observed.delete(path);
    return false;
  }

  async #observe(device: Registered, observed: Observed, path: string): Promise<void> {
    const ended = () => {
      observed.delete(path);
      this.#count();
    };
    const parts = partsOf(device, path);
    const { body, forget } = await this.#accepting(device, (accept) =>
      this.#options.client().observe(device.peer, parts, {
        ...(accept === undefined ? {} : { accept }),
        onNotification: (notification) => this.#notified(device, observed, path, notification),
        onEnd: ended,
      }),
    );
    // it may have left, or have come back from elsewhere, meanwhile
    const isPresent = this.#observed.get(device) === observed && this.devices.at(device.location) === device;
    if (isPresent && forget !== undefined) observed.set(path, { atMs: performance.now(), forget });
    else forget?.();
    this.#count();
    await this.#take(device, path, body);
  }

  async #notified(
    device: Registered,
    observed: Observed,
    path: string,
    notification: Notification,
  ): Promise<void> {
    const known = observed.get(path);
    if (known !== undefined) known.atMs = performance.now();
    await this.#take(device, path, notification, notification.isStale);
  }

  async #read(device: Registered, path: string): Promise<readonly Lwm2mResource[]> {
    const parts = partsOf(device, path);
    const body = await this.#accepting(device, (accept) =>
      this.#options.client().read(device.peer, parts, accept),
    );
    return this.#take(device, path, body);
  }

  /** In the format that suits the version, and in whatever the device has where it lacks that. */
  async #accepting<T>({ registration }: Registered, run: (accept?: number) => Promise<T>): Promise<T> {
    const accept = registration.version === '1.0' ? contentFormats.tlv : contentFormats.senmlCbor;
    try {
      return await run(accept);
    } catch (error) {
      if ((error as { data?: { code?: number } }).data?.code !== NOT_ACCEPTABLE) throw error;
      return run();
    }
  }

  /** What was overtaken on the way says nothing of now: only what has times of its own is taken. */
  async #take(
    { identity }: Registered,
    path: string,
    { format, bytes }: CoapBody,
    isStale = false,
  ): Promise<readonly Lwm2mResource[]> {
    const { intake, models, clock } = this.#options;
    return intake.takeResources({ identity, payload: bytes, receivedMs: clock.nowMs() }, () => {
      const resources = decodeLwm2m(bytes, { format: format ?? -1, path: parseLwm2mPath(path), models });
      return isStale ? resources.filter(({ time }) => time !== undefined) : resources;
    });
  }

  #count(): void {
    this.#options.counters.devices = this.devices.size;
    this.#options.counters.observations = this.#options.client().observations;
  }
}

/**
 * Paths of the meters among the objects of a device, such as `/10243/0`: those whose resources have OBIS
 * codes.
 */
export function meterPaths(
  { registration: { objects } }: Pick<CoapDevice, 'registration'>,
  models = standardLwm2mModels,
): readonly string[] {
  const isMeter = (object: number) =>
    [...(models.get(object)?.resources.values() ?? [])].some(({ obis }) => obis !== undefined);
  const meters = objects.filter(({ path }) => isMeter(path[0]!));
  // an object that is named without instances is observed as a whole
  const whole = meters.filter(
    ({ path }) =>
      path.length === 1 && !meters.some((other) => other.path.length > 1 && other.path[0] === path[0]),
  );
  const instances = meters.filter(({ path }) => path.length > 1);
  return [...instances, ...whole].map(({ path }) => lwm2mPathText(path));
}

/** A device of 1.0 takes TLV; later ones take SenML (Core 1.1 clause 7.4). */
function bodyOfWrite({ path, type, value }: Lwm2mOrder & { do: 'write' }, version: string): CoapBody {
  const parsed = parseLwm2mPath(path);
  const model = { name: '', type };
  const resources = [{ path: parsed, model, value: valueOfText(value, type) }];
  const { tlv, senmlCbor } = contentFormats;
  return version === '1.0'
    ? { format: tlv, bytes: encodeLwm2mTlv(resources, parsed) }
    : { format: senmlCbor, bytes: encodeLwm2mSenml('cbor', resources) };
}

function partsOf({ registration: { rootPath } }: Registered, path: string): string[] {
  return `${rootPath}/${parseLwm2mPath(path).join('/')}`.split('/').filter((part) => part !== '');
}

function tried<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

/** Devices that are registered (LwM2M Core clause 6.2), by location, endpoint name and address. Bounded. */
import type { Lwm2mRegistration, Lwm2mUpdate } from '@openami/wire/lwm2m';
import { Counts } from '../counts.ts';
import { DeviceWork, type DeviceWorkOptions } from './device-work.ts';
import { peerKey } from './peer.ts';
import type { CoapDevice, CoapIdentity, CoapLimits, CoapPeer } from './types.ts';

/** A registered device and what is to be asked of it. */
export interface Registered extends CoapDevice {
  readonly location: string;
  registration: Lwm2mRegistration;
  peer: CoapPeer;
  identity: CoapIdentity;
  /** Infinite where its lifetime is. */
  expiresMs: number;
  readonly work: DeviceWork;
}

export interface DevicesOptions {
  readonly limits: CoapLimits;
  readonly newLocation: () => string;
  /** Nobody is registered from there any more. */
  readonly onLeave: (peer: CoapPeer) => void;
  readonly workOf: (device: CoapDevice) => Omit<DeviceWorkOptions, 'limits'>;
}

/** A device is kept for a while after its lifetime: its update may be on the way (MAX_TRANSMIT_WAIT). */
const GRACE_MS = 93_000;

export class Devices {
  readonly #options: DevicesOptions;
  readonly #byLocation = new Map<string, Registered>();
  readonly #byEndpoint = new Map<string, Registered>();
  readonly #byPeer = new Map<string, Registered>();
  readonly #perAddress = new Counts();

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byLocation.size;
  }

  at(location: string): Registered | undefined {
    return this.#byLocation.get(location);
  }

  named(endpoint: string): Registered | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  of(peer: CoapPeer): Registered | undefined {
    return this.#byPeer.get(peerKey(peer));
  }

  /** A registration puts an earlier one of the same name out; undefined when there is no room. */
  add(
    registration: Lwm2mRegistration,
    peer: CoapPeer,
    identity: CoapIdentity,
    nowMs: number,
  ): Registered | undefined {
    const before = this.named(registration.endpoint);
    if (before !== undefined) this.remove(before);
    const { devices, devicesPerAddress } = this.#options.limits;
    const isFull = this.size >= devices || this.#perAddress.of(peer.address) >= devicesPerAddress;
    if (isFull) return undefined;
    const location = this.#options.newLocation();
    const work = this.#options.workOf({ registration, peer, identity });
    const device: Registered = {
      ...{ location, registration, peer, identity, expiresMs: expiryOf(registration, nowMs) },
      work: new DeviceWork({ ...work, limits: this.#options.limits }),
    };
    this.#byLocation.set(location, device);
    this.#byEndpoint.set(registration.endpoint, device);
    this.#settle(device, peer);
    return device;
  }

  /** Takes what an update says, and from where. */
  update(device: Registered, update: Lwm2mUpdate, peer: CoapPeer, nowMs: number): void {
    device.registration = { ...device.registration, ...update };
    device.expiresMs = expiryOf(device.registration, nowMs);
    if (peerKey(peer) === peerKey(device.peer)) return;
    this.#leave(device);
    device.peer = peer;
    this.#settle(device, peer);
  }

  remove(device: Registered): void {
    if (this.#byLocation.get(device.location) !== device) return;
    this.#byLocation.delete(device.location);
    if (this.#byEndpoint.get(device.registration.endpoint) === device) {
      this.#byEndpoint.delete(device.registration.endpoint);
    }
    this.#leave(device);
    device.work.end();
  }

  /** Removes those whose lifetime is over. */
  expire(nowMs: number): void {
    for (const device of this.#byLocation.values()) {
      if (device.expiresMs + GRACE_MS <= nowMs) this.remove(device);
    }
  }

  clear(): void {
    for (const device of this.#byLocation.values()) this.remove(device);
  }

  /** An address may be handed on to another device: the last one that was heard from it has it. */
  #settle(device: Registered, peer: CoapPeer): void {
    if (this.#byPeer.has(peerKey(peer))) this.#options.onLeave(peer);
    this.#byPeer.set(peerKey(peer), device);
    this.#perAddress.add(peer.address, 1);
  }

  #leave({ peer, location }: Registered): void {
    if (this.#byPeer.get(peerKey(peer))?.location === location) {
      this.#byPeer.delete(peerKey(peer));
      this.#options.onLeave(peer);
    }
    this.#perAddress.add(peer.address, -1);
  }
}

function expiryOf({ lifetimeS }: Lwm2mRegistration, nowMs: number): number {
  return lifetimeS === 0 ? Number.POSITIVE_INFINITY : nowMs + lifetimeS * 1_000;
}

/** Which of the meters behind a port an address is for. */
import { type GatewayDevice, type HdlcAddress, serverAddress } from '@openami/wire/dlms';
import type { SimDlmsMeter } from './meter.ts';

export interface Board {
  readonly meters: readonly SimDlmsMeter[];
  /** By wrapper port (server SAP). */
  byPort(port: number): SimDlmsMeter | undefined;
  byAddress(address: HdlcAddress): SimDlmsMeter | undefined;
  /** By the gateway protocol. */
  byDevice(device: GatewayDevice): SimDlmsMeter | undefined;
  /** Server SAP of one of its meters. */
  portOf(meter: SimDlmsMeter): number;
  addressOf(meter: SimDlmsMeter): HdlcAddress;
}

/** A gateway's only network. */
const NETWORK = 0;

/** How the gateway protocol names a meter. */
export function deviceOf({ identity }: SimDlmsMeter): GatewayDevice {
  return { network: NETWORK, device: new TextEncoder().encode(identity.serial) };
}

/** Logical device of a meter that has a port of its own, and of each on an HDLC line. */
export const LOGICAL_DEVICE = 1;
/** First wrapper port of the meters behind a gateway: above all addresses that clients use. */
const FIRST_PORT = 0x100;
/** First physical device of the meters behind an HDLC gateway. */
const FIRST_PHYSICAL = 0x10;
/** Physical devices of four-byte addresses have 14 bits, some are reserved. */
export const MOST_BEHIND_ONE = 16_000;

export function boardOf(meters: readonly SimDlmsMeter[], isGateway: boolean): Board {
  return isGateway ? new Gateway(meters) : new Single(meters[0]!);
}

class Single implements Board {
  readonly #meter: SimDlmsMeter;

  constructor(meter: SimDlmsMeter) {
    this.#meter = meter;
  }

  get meters(): readonly SimDlmsMeter[] {
    return [this.#meter];
  }

  byPort(port: number): SimDlmsMeter | undefined {
    return port === LOGICAL_DEVICE ? this.#meter : undefined;
  }

  /** Whatever the physical device: it is alone on its line, and clients have different habits. */
  byAddress({ upper }: HdlcAddress): SimDlmsMeter | undefined {
    return upper === LOGICAL_DEVICE ? this.#meter : undefined;
  }

  byDevice(): undefined {}

  portOf(): number {
    return LOGICAL_DEVICE;
  }

  addressOf(): HdlcAddress {
    return serverAddress(LOGICAL_DEVICE);
  }
}

class Gateway implements Board {
  readonly meters: readonly SimDlmsMeter[];
  readonly #places = new Map<SimDlmsMeter, number>();
  readonly #bySerial = new Map<string, SimDlmsMeter>();

  constructor(meters: readonly SimDlmsMeter[]) {
    this.meters = meters;
    for (const [place, meter] of meters.entries()) {
      this.#places.set(meter, place);
      this.#bySerial.set(meter.identity.serial, meter);
    }
  }

  byPort(port: number): SimDlmsMeter | undefined {
    return this.meters[port - FIRST_PORT];
  }

  byAddress({ upper, lower }: HdlcAddress): SimDlmsMeter | undefined {
    return upper === LOGICAL_DEVICE ? this.meters[lower - FIRST_PHYSICAL] : undefined;
  }

  byDevice({ network, device }: GatewayDevice): SimDlmsMeter | undefined {
    const serial = new TextDecoder().decode(device);
    return network === NETWORK ? this.#bySerial.get(serial) : undefined;
  }

  portOf(meter: SimDlmsMeter): number {
    return FIRST_PORT + this.#places.get(meter)!;
  }

  addressOf(meter: SimDlmsMeter): HdlcAddress {
    return serverAddress(LOGICAL_DEVICE, FIRST_PHYSICAL + this.#places.get(meter)!, 4);
  }
}

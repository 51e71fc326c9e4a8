/**
 * Commands to LoRaWAN devices. A command is a confirmed downlink; a device of class A takes it after its next
 * uplink, so that the answer is long in coming:
 *
 *   execute ─▶ queue of downlinks ─▶ network server ─▶ device ─▶ acknowledged ─▶ an uplink shows the supply
 *
 * What is sent for a command has a name made of the command and the number of the send: ordered twice, it is
 * the same downlink.
 */
import { OpenAmiError } from '@openami/model';
import type { CommandDriver, CommandMeter, DriverCommand, ReadBack } from '../commands/driver.ts';
import type { Observations } from '../commands/kind-shape.ts';
import { kindOf } from '../commands/kinds.ts';
import type { DriverOutcome } from '../commands/life-cycle.ts';
import type { CodecControl } from './downlink-control.ts';
import type { DownlinkState } from './downlink-life.ts';
import { type DownlinkRecord, tryName } from './downlinks.ts';

/** How a device last said that its supply is. */
export interface SupplySeen {
  readonly outputOn: boolean;
  /** When it came, seconds since 1970. */
  readonly atS: number;
}

export interface ControlledDevice {
  readonly devEui: string;
  readonly control: CodecControl;
  readonly seen: SupplySeen | null;
}

export interface DownlinkContent {
  readonly bytes: Uint8Array;
  readonly fPort: number;
}

/** What the driver asks of who keeps devices and downlinks. */
export interface DownlinkField {
  /** The one device of a meter that has a codec; undefined for none, and for several. */
  deviceOf(serial: string): ControlledDevice | undefined;
  /** Whether the network server is there. */
  canSend(): boolean;
  /** Raises errors of `codecErrors`. */
  encode(devEui: string, data: unknown, fPort: number): Promise<DownlinkContent>;
  /** Raises a typed error when nothing was put in the queue. */
  order(
    id: string,
    devEui: string,
    content: DownlinkContent,
    times: { readonly expiresAtS: number; readonly mostTries?: number },
  ): Promise<unknown>;
  record(id: string): Promise<DownlinkRecord | undefined>;
  nowS(): number;
}

/** A command that is not confirmed by then is given up; nothing of it leaves afterwards. */
const lifeS = 86_000;
/** A valve takes its time after the device acknowledged, before it says that it is where it should be. */
export const valveS = 120;

type Sent = DownlinkContent | { readonly fPort: number; readonly data: unknown };

export class LorawanCommandDriver implements CommandDriver {
  readonly #field: DownlinkField;

  constructor(field: DownlinkField) {
    this.#field = field;
  }

  async execute(command: DriverCommand, meter: CommandMeter, signal: AbortSignal): Promise<DriverOutcome> {
    const field = this.#field;
    const device = field.deviceOf(meter.serial);
    const sent = device && sentOf(command, device.control);
    if (device === undefined || sent === undefined) return 'unsupported';
    if (!field.canSend()) return 'not-sent';
    try {
      const content = await this.#content(device.devEui, sent);
      if (signal.aborted) return 'not-sent';
      const expiresAtS = Math.min(command.expiresAtS, field.nowS() + lifeS);
      // a try has a counter of its own: to the device it is another downlink
      const once = kindOf(command.kind).repeat === 'never' ? { mostTries: 1 } : {};
      await field.order(nameOf(command), device.devEui, content, { expiresAtS, ...once });
    } catch (error) {
      if (!(error instanceof OpenAmiError)) throw error;
      return error.fault === 'caller' && error.code.startsWith('CODEC_') ? 'unsupported' : 'not-sent';
    }
    // it is in the queue: only the device says what came of it
    return 'lost';
  }

  async readBack(command: DriverCommand, { serial }: CommandMeter): Promise<ReadBack> {
    const field = this.#field;
    const device = field.deviceOf(serial);
    if (device === undefined) return { outcome: 'unsupported' };
    const { control, seen } = device;
    const isSwitch = command.kind === 'connect' || command.kind === 'disconnect';
    // somebody looks: there is nothing that was sent
    if (command.id === 0 && isSwitch && seen !== null) return relayOf(seen.outputOn);
    const sent = sentOf(command, control);
    if (command.id === 0 || sent === undefined) return { outcome: 'unsupported' };
    const record = command.send === 0 ? undefined : await field.record(nameOf(command));
    if (isSwitch)
      return switchReadBack(command.kind === 'connect', record?.state, { seen, says: control.state });
    return downlinkReadBack(record?.state);
  }

  async #content(devEui: string, sent: Sent): Promise<DownlinkContent> {
    if ('bytes' in sent) return sent;
    return this.#field.encode(devEui, sent.data, sent.fPort);
  }
}

const nameOf = ({ id, send }: DriverCommand) => tryName(`command ${id} ${send}`, 0);

/** What a command comes to; undefined where the codec does not say. */
function sentOf({ kind, params }: DriverCommand, control: CodecControl): Sent | undefined {
  if (kind === 'connect' || kind === 'disconnect') return control[kind];
  if (kind !== 'downlink') return undefined;
  const { fPort, hex, data } = params as { fPort: number; hex?: string; data?: string };
  if (hex === undefined) return { fPort, data: JSON.parse(data ?? 'null') as unknown };
  return { fPort, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) };
}

const relayOf = (outputOn: boolean | null, saidBy?: 'acknowledgement'): ReadBack => ({
  outcome: 'ok',
  observation: {
    ...{ outputOn, mode: null },
    control: outputOn === null ? null : outputOn ? 'connected' : 'disconnected',
    ...(saidBy === undefined ? {} : { saidBy }),
  } satisfies Observations['relay'],
});

const hasFailed = ({ step }: DownlinkState) =>
  step === 'nacked' || step === 'failed' || step === 'expired' || step === 'cancelled';

/**
 * How a supply is, after a downlink to switch it. What the device said before it can have had the downlink
 * says nothing; nor, for a while, does what it says while its valve turns.
 */
export function switchReadBack(
  wanted: boolean,
  state: DownlinkState | undefined,
  { seen, says }: { readonly seen: SupplySeen | null; readonly says: CodecControl['state'] },
): ReadBack {
  if (state === undefined) return relayOf(null);
  const { step, handedAtS, ackedAtS = 0 } = state;
  if (says === undefined) {
    if (step === 'acked') return relayOf(wanted, 'acknowledgement');
    return { outcome: hasFailed(state) ? 'unsupported' : 'pending' };
  }
  if (seen !== null && handedAtS > 0) {
    if (seen.outputOn === wanted && seen.atS >= handedAtS) return relayOf(wanted);
    if (step === 'acked' && seen.atS >= ackedAtS + valveS) return relayOf(seen.outputOn);
  }
  // a device may have had it all the same, and says so with its next uplink
  return { outcome: hasFailed(state) && handedAtS === 0 ? 'unsupported' : 'pending' };
}

function downlinkReadBack(state: DownlinkState | undefined): ReadBack {
  if (state === undefined || state.step === 'acked')
    return { outcome: 'ok', observation: { acknowledged: state !== undefined } };
  return { outcome: hasFailed(state) ? 'unsupported' : 'pending' };
}

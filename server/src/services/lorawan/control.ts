/** Commands to LoRaWAN devices: the devices of meters, and what stands between a downlink and the network. */
import {
  type ControlledDevice,
  codecErrors,
  type DownlinkContent,
  type DownlinkField,
  type DownlinkRecord,
  type DownlinkSender,
} from '@openami/headend/lorawan';
import { OpenAmiError, systemAccess } from '@openami/model';
import type { RegistryStore } from '@openami/store';
import { checkOrder } from '@openami/wire/lorawan';
import type { Config } from '../../config.ts';
import { serverErrors } from '../../errors.ts';
import { nameOfBinding } from './belief.ts';
import type { DeviceBook } from './heard.ts';
import { serverOfBroker } from './network-server.ts';
import type { LorawanService } from './service.ts';

/**
 * What is sent acts on devices, whoever asked for it and whatever it does: nothing is handed on while the
 * kill switch is on, tries of what was ordered before among it.
 */
export function unlessKilled(
  registry: Pick<RegistryStore, 'commands'>,
  send: DownlinkSender,
): DownlinkSender {
  return async (order) => {
    const { killSwitch } = await registry.commands.gate(systemAccess);
    return killSwitch ? { outcome: 'not-sent', detail: 'the kill switch is on' } : send(order);
  };
}

type BrokerConfig = Pick<Config, 'lorawanMqttUrl' | 'lorawanMqttKind' | 'lorawanMqttApplication'>;

/**
 * A downlink as its network server wants it. Raises LORAWAN_NO_BROKER, LORAWAN_NOT_HEARD, LORAWAN_NO_WAY
 * where the broker is not that of its server, LORAWAN_DOWNLINK for what no device takes.
 */
export function addressed(
  config: BrokerConfig,
  book: DeviceBook,
  devEui: string,
  content: DownlinkContent,
): Omit<DownlinkRecord['order'], 'confirmed'> {
  if (config.lorawanMqttUrl === '') throw serverErrors.LORAWAN_NO_BROKER();
  const heard = book.get(devEui);
  if (heard === undefined) throw serverErrors.LORAWAN_NOT_HEARD(devEui);
  const { deviceName: deviceId, server, byBroker } = heard;
  if (server !== serverOfBroker(config) || byBroker === false)
    throw serverErrors.LORAWAN_NO_WAY(`${devEui} is heard from ${nameOfBinding(heard)}`);
  // a webhook of The Things Stack names the application without its tenant
  const named = config.lorawanMqttApplication;
  const applicationId = named.startsWith(`${heard.applicationId}@`) ? named : heard.applicationId;
  const order = { devEui, applicationId, ...(deviceId === '' ? {} : { deviceId }), ...content };
  try {
    checkOrder({ ...order, id: '', confirmed: false });
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    throw serverErrors.LORAWAN_DOWNLINK(error.message, {}, error);
  }
  return order;
}

/** What the driver of commands works with. */
export function fieldOf(
  lorawan: LorawanService,
  config: BrokerConfig,
  clock: { nowMs(): number },
): DownlinkField {
  const { heard, codecs, downlinks } = lorawan;
  return {
    deviceOf: (serial) => controlled(lorawan, serial),
    canSend: () => lorawan.connected() === true,
    async encode(devEui, data, fPort) {
      if (codecs.codecFor(devEui) === undefined) throw codecErrors.CODEC_NONE(devEui);
      return lorawan.encode(devEui, data, fPort);
    },
    order: (id, devEui, content, times) =>
      downlinks.order(
        systemAccess,
        id,
        { ...addressed(config, heard, devEui, content), confirmed: true },
        times,
      ),
    record: (id) => downlinks.record(systemAccess, id),
    nowS: () => Math.floor(clock.nowMs() / 1_000),
  };
}

function controlled(
  { codecs, heard, namesOf }: LorawanService,
  serial: string,
): ControlledDevice | undefined {
  const found = codecs.devicesOf(namesOf(serial));
  const [devEui] = found;
  // of two it is not known which one switches
  if (devEui === undefined || found.length > 1) return undefined;
  const supply = heard.get(devEui)?.supply ?? null;
  return { devEui, control: codecs.codecFor(devEui)?.control ?? {}, seen: supply };
}

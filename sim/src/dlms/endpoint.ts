/** How a simulated meter is reached and opened, for registers, vaults and people: plain JSON. */
import {
  type AssociationDescription,
  hexOf,
  type ProtectionName,
  type SecuritySuite,
  type ServerModel,
} from '@openami/wire/dlms';
import { type Board, deviceOf, LOGICAL_DEVICE } from './board.ts';
import { demoKeys, demoPassword, demoSecret, demoSigningKeys } from './demo-keys.ts';
import type { LineFraming } from './lines.ts';
import type { SimDlmsMeter } from './meter.ts';

export type EndpointReach =
  /** It listens. */
  | {
      readonly kind: 'listens';
      readonly host: string;
      readonly port: number;
      readonly network: 'tcp' | 'udp';
      readonly transport: LineFraming;
      /** Behind a gateway, where the address tells meters apart. */
      readonly isGateway: boolean;
      /** Told apart by the gateway protocol. */
      readonly byDevice?: boolean;
    }
  /** It connects to a head-end there and stays. */
  | {
      readonly kind: 'connects';
      readonly host: string;
      readonly port: number;
      readonly transport: LineFraming;
    };

/** Server address of a meter: `--server`, `--physical` and `--server-address-size` of `openami read dlms`. */
export interface EndpointAddress {
  readonly server: number;
  readonly physical?: number;
  readonly addressBytes?: 1 | 2 | 4;
  /** Network and hexadecimal address behind a gateway that speaks the gateway protocol. */
  readonly network?: number;
  readonly device?: string;
}

/** One client address. Bytes are hex. */
export interface EndpointClient {
  readonly name: string;
  readonly client: number;
  readonly auth: AssociationDescription['mechanism'];
  /** Least protection of each message. */
  readonly security: ProtectionName;
  readonly password?: string;
  readonly privateKey?: string;
  readonly serverPublicKey?: string;
  /** Object with the counter last seen, which client 16 may read. */
  readonly counter?: string;
}

export interface DlmsEndpoint {
  readonly serial: string;
  readonly reach: EndpointReach;
  readonly address: EndpointAddress;
  readonly systemTitle: string;
  readonly suite: SecuritySuite;
  readonly clients: readonly EndpointClient[];
  readonly guek: string;
  readonly gak: string;
  readonly gbek: string;
  /** Master key, which others are wrapped under. */
  readonly kek: string;
}

export function endpointOf(
  meter: SimDlmsMeter,
  model: ServerModel,
  board: Board,
  reach: EndpointReach,
  seed: number,
): DlmsEndpoint {
  const { serial, suite } = meter.identity;
  const keys = demoKeys(seed, serial, suite);
  return {
    serial,
    reach,
    address: addressOf(meter, board, reach),
    systemTitle: hexOf(meter.systemTitle),
    suite,
    clients: model.description.associations.map((one) => clientOf(meter, one, seed)),
    guek: hexOf(keys.unicast),
    gak: hexOf(keys.authentication),
    gbek: hexOf(keys.broadcast),
    kek: hexOf(keys.master),
  };
}

function addressOf(meter: SimDlmsMeter, board: Board, reach: EndpointReach): EndpointAddress {
  if (reach.kind === 'listens' && reach.byDevice) {
    const { network, device } = deviceOf(meter);
    return { server: LOGICAL_DEVICE, network, device: hexOf(device) };
  }
  if (reach.transport === 'wrapper') return { server: board.portOf(meter) };
  const { bytes, upper, lower } = board.addressOf(meter);
  if (bytes === 1) return { server: LOGICAL_DEVICE };
  return { server: upper, physical: lower, addressBytes: bytes };
}

function clientOf(meter: SimDlmsMeter, one: AssociationDescription, seed: number): EndpointClient {
  const { serial, suite, policy } = meter.identity;
  const { name, clientSap: client, mechanism: auth, counter } = one;
  const isManaging = one.level === 'manage';
  const needsSecret = auth.startsWith('hls') && auth !== 'hls-gmac' && auth !== 'hls-ecdsa';
  const secret =
    auth === 'lls' ? demoPassword(seed, serial) : needsSecret ? demoSecret(seed, serial) : undefined;
  return {
    name,
    client,
    auth,
    security: isManaging ? policy : 'none',
    ...(secret ? { password: new TextDecoder().decode(secret) } : {}),
    ...(auth === 'hls-ecdsa' && suite !== 0 ? signing(seed, serial, suite) : {}),
    ...(counter === undefined ? {} : { counter }),
  };
}

function signing(seed: number, serial: string, suite: 1 | 2) {
  const { clientPrivate, meterPublic } = demoSigningKeys(seed, serial, suite);
  return { privateKey: hexOf(clientPrivate), serverPublicKey: hexOf(meterPublic) };
}

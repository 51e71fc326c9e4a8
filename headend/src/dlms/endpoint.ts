/** How a meter is reached from here, and the link that follows from it. */
import { clientAddress, type GatewayDevice, type HdlcParameters, serverAddress } from '@openami/wire/dlms';
import { type Channel, connectTcp } from './channel.ts';
import { dlmsFieldErrors } from './errors.ts';
import { GatewayLink } from './gateway-link.ts';
import { openHdlc } from './hdlc-link.ts';
import { type LinkLimits, standardLinkLimits } from './limits.ts';
import type { DlmsLink } from './link.ts';
import { openUdp } from './udp-link.ts';
import { WrapperLink } from './wrapper-link.ts';

export interface HdlcSettings {
  /** Physical device, where it is addressed. */
  readonly physical?: number;
  /** Bytes of the server's address; left out, as few as it takes. */
  readonly addressBytes?: 1 | 2 | 4;
  /** What we propose; left out, long frames and a window of one. */
  readonly parameters?: Partial<HdlcParameters>;
  readonly modeE?: { readonly address?: string };
  /** Without progress, until a frame is sent again. */
  readonly repeatMs?: number;
  readonly repeats?: number;
}

/** Framing of APDUs on whatever carries bytes. */
export type Framing = { readonly kind: 'wrapper' } | ({ readonly kind: 'hdlc' } & HdlcSettings);

/** Client and server service access points of one association. */
export interface Addresses {
  readonly client: number;
  /** Logical device. */
  readonly server: number;
}

/** Gives a link for each association: a new connection, or what a meter holds open. */
export interface LinkSource {
  readonly remote: string;
  open(addresses: Addresses, signal?: AbortSignal): Promise<DlmsLink>;
}

export type Reach = {
  readonly host: string;
  readonly port: number;
} & (
  | {
      readonly network: 'tcp';
      readonly framing: Framing;
      /** Behind a gateway that is reached here. */
      readonly behind?: GatewayDevice | undefined;
    }
  | { readonly network: 'udp'; readonly repeatMs?: number; readonly repeats?: number }
);

/** A source that makes a connection for each association. */
export function outbound(reach: Reach, limits: Partial<LinkLimits> = {}): LinkSource {
  const all = { ...standardLinkLimits, ...limits };
  checkReach(reach);
  return {
    remote: `${reach.host}:${reach.port}`,
    async open(addresses, signal) {
      if (reach.network === 'udp') return await openUdp({ ...reach, ...addresses }, all);
      const channel = await connectTcp(reach, all, signal);
      const link = await linkOver(channel, reach.framing, addresses, all, { signal });
      return reach.behind === undefined ? link : new GatewayLink(link, reach.behind);
    },
  };
}

/** The link of one association over a channel. */
export async function linkOver(
  channel: Channel,
  framing: Framing,
  { client, server }: Addresses,
  limits: LinkLimits,
  { signal, keepsChannel = false }: { signal?: AbortSignal | undefined; keepsChannel?: boolean } = {},
): Promise<DlmsLink> {
  if (framing.kind === 'wrapper') return new WrapperLink(channel, { client, server }, limits, keepsChannel);
  const { repeatMs, repeats, modeE, parameters, physical, addressBytes } = framing;
  const options = {
    client: clientAddress(client),
    server: serverAddress(server, physical, addressBytes),
    keepsChannel,
    parameters,
    modeE,
    timeoutMs: repeatMs,
    retries: repeats,
  };
  return await openHdlc(channel, options, limits, signal);
}

function checkReach(reach: Reach): void {
  const { host, port } = reach;
  if (host === '') throw dlmsFieldErrors.DLMS_ENDPOINT('the host is empty');
  if (!(Number.isInteger(port) && port > 0 && port <= 0xffff)) {
    throw dlmsFieldErrors.DLMS_ENDPOINT(`port ${port}: 1 to 65535`);
  }
}

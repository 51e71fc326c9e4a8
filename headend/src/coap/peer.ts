import type { CoapPeer } from './types.ts';

/** The same for what comes from the same address and port. */
export function peerKey({ address, port }: CoapPeer): string {
  return `${address} ${port}`;
}

/** The same for messages of the same id from or to the same peer. */
export function messageKey(peer: CoapPeer, id: number): string {
  return `${peerKey(peer)} ${id}`;
}

/** A meter that answers: associations by client address over one state. */

import { encodeApdu } from '../apdu/apdu.ts';
import { type MeterEnvironment, MeterState } from './meter-state.ts';
import type { ServerModel } from './model.ts';
import { type ServerLink, ServerSession } from './server-session.ts';

/** One meter: hand it APDUs with the address of the client, and send what it answers. */
export class DlmsServer {
  readonly meter: MeterState;
  readonly #sessions = new Map<number, ServerSession>();

  /** Make the model once and share it: it is the larger part of a meter. */
  constructor(model: ServerModel, env: MeterEnvironment) {
    this.meter = new MeterState(model, env);
  }

  /**
   * Answers an APDU of a client; undefined when there is nothing to say. Any bytes are answered or passed
   * over, nothing is raised.
   */
  handle(request: Uint8Array, link: ServerLink): Uint8Array | undefined {
    let session = this.#sessions.get(link.clientSap);
    if (session === undefined) {
      const association = this.meter.model.association(link.clientSap);
      if (association === undefined) return request[0] === 0x60 ? unknownClient() : undefined;
      session = new ServerSession(this.meter, association);
      this.#sessions.set(link.clientSap, session);
    }
    return session.handle(request, link);
  }

  /** The link of a client is gone, and its association with it. */
  disconnected(clientSap: number): void {
    this.#sessions.get(clientSap)?.close();
    this.#sessions.delete(clientSap);
  }

  /** As after a loss of power: associations and transfers are gone, what is kept stays. */
  reboot(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }
}

function unknownClient(): Uint8Array {
  return encodeApdu({
    service: 'aare',
    contextName: 'logical-name',
    result: 'rejected-permanent',
    diagnostic: { kind: 'user', value: 'no-reason-given' },
  });
}

/** Pushes into the pipeline: readings, events, the message as evidence; what is refused, with its reason. */
import type { OpenAmiError, Source } from '@openami/model';
import type { PushMessage } from '@openami/wire';
import { pushMessageOf } from '@openami/wire/dlms';
import { PushEvents } from '../events/push-events.ts';
import type { Ingest } from '../ingest/types.ts';
import { FloodGate, type FloodLimits } from './flood.ts';
import type { PushRefusal, PushSink, ReceivedPush } from './push-intake.ts';

export interface IngestSinkOptions {
  readonly ingest: Ingest;
  readonly source?: Source;
  /** Rejections that are kept; those beyond are counted. */
  readonly refusals?: FloodLimits;
  /** Of one that is not kept, or could not be. */
  readonly onRefusal?: (refusal: PushRefusal, isKept: boolean) => void;
}

/**
 * Anybody can send what is refused: it must not fill the store. Of each registered meter, and of each address
 * that nobody is registered behind, the first are kept, then one in five seconds.
 */
const standardRefusals: FloodLimits = { perAddressPerS: 0.2, perAddressBurst: 50, perS: 50, burst: 500 };

/** Stores what is pushed; a push counts as taken when it is on the disk. */
export function ingestSink(options: IngestSinkOptions): PushSink {
  const { ingest, source = 'dlms', refusals = standardRefusals, onRefusal } = options;
  const events = new PushEvents();
  const gate = new FloodGate(refusals);
  const put = async (received: ReceivedPush): Promise<void> => {
    const message = messageOf(received, events);
    if (message === undefined) return;
    const { receivedMs, opened } = received;
    // a view of a piece of a connection would keep all of it in memory
    await ingest.accept({ source, receivedMs, messages: [message], frame: opened.bytes.slice() });
  };
  const keep = async (refusal: PushRefusal): Promise<void> => {
    const { error, device, systemTitle, remote, bytes } = refusal;
    const named = device ?? systemTitle ?? addressOf(remote);
    const payload = bytes === undefined ? {} : { payload: bytes.slice() };
    await ingest.refuse(error as OpenAmiError, {
      source,
      device: named,
      lane: addressOf(remote),
      ...payload,
    });
  };
  return {
    take: async (pushes) => void (await Promise.all(pushes.map(put))),
    takeRegisters: async (registers) => void (await ingest.acceptRegisters(source, registers)),
    refused(refusal) {
      const isKept = gate.admits(refusal.device ?? addressOf(refusal.remote), performance.now());
      onRefusal?.(refusal, isKept);
      if (isKept) keep(refusal).catch(() => onRefusal?.(refusal, false));
    },
  };
}

/** Of `192.0.2.7:52011`. */
export function addressOf(remote: string): string {
  return remote.replace(/:\d+$/, '');
}

/** Undefined for what is no push. */
function messageOf(received: ReceivedPush, events: PushEvents): PushMessage | undefined {
  const { push, sender, systemTitle, receivedMs, opened } = received;
  if (push === undefined) return undefined;
  const device = sender?.device ?? push.meter ?? systemTitle ?? '';
  const message = pushMessageOf(push, { device, receivedMs });
  const told = events.of({
    ...{ push, device, commodity: sender?.commodity ?? 'electricity' },
    receivedS: Math.floor(receivedMs / 1000),
    isEvent: opened.apdu.service === 'event-notification-request',
  });
  return { ...message, events: told };
}

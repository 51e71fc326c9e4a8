/** Senders of pushes for tests: by title, each with one key. */
import type { CipherKey } from '@openami/wire/dlms';
import { type PushSender, PushSenders, titleName } from '../../src/index.ts';

export function senderWith(
  cipher: CipherKey | readonly CipherKey[],
  more: Partial<PushSender> = {},
): PushSender {
  const ciphers = [cipher].flat() as CipherKey[];
  const unicast = ciphers.map((one, i) => ({
    cipher: one,
    mark: { key: { meterId: 7, kind: 'guek' as const, version: i + 1 }, last: -1 },
  }));
  return {
    ...{ device: 'OA1000001', meterId: 7, commodity: 'electricity', protection: 'none' },
    ...{ unicast, broadcast: [] },
    ...more,
  };
}

/** `sender` under a title of eight bytes. */
export function sendersOf(title: Uint8Array, sender: PushSender): PushSenders {
  const known = titleName(Buffer.from(title).toString('hex'));
  return new PushSenders({
    load: async (names) => new Map(names.includes(known) ? [[known, sender]] : []),
  });
}

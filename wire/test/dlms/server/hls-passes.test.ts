/** Passes 3 and 4 of high level security, against a side that holds no secret. */
import { describe, expect, test } from 'vitest';
import {
  type ApduOf,
  answerHls,
  type CosemValue,
  DlmsClient,
  type DlmsTransport,
  decodeApdu,
  encodeApdu,
  type HlsProof,
  nobleCrypto,
} from '../../../src/dlms/index.ts';
import { authenticationOf, clientOptions, serverOf, text } from './meters.ts';

const hls = { mechanism: 'hls' } as const;

describe('mechanism 2, which answers block by block', () => {
  const grown: readonly (readonly [string, number, (own: Uint8Array) => Uint8Array])[] = [
    ['and a block more', 16, (own) => Uint8Array.of(...own, ...new Uint8Array(16))],
    ['after another block', 16, (own) => Uint8Array.of(...new Uint8Array(16).fill(7), ...own)],
    ['and the zeros that would be added', 8, (own) => Uint8Array.of(...own, 0)],
    ['its blocks turned round', 32, (own) => Uint8Array.of(...own.slice(16), ...own.slice(0, 16))],
  ];
  test.each(grown)('a meter that gives our own challenge back %s is not answered', async (_, size, grow) => {
    let own = new Uint8Array(0);
    let challenge = new Uint8Array(0);
    const server = serverOf(hls);
    const thief: DlmsTransport = {
      async exchange(request) {
        const asked = decodeApdu(request);
        if (asked.service === 'aarq') {
          own = (asked.authenticationValue as { value: Uint8Array }).value.slice();
          challenge = Uint8Array.from(grow(own));
          const said = decodeApdu(server.handle(request, { clientSap: 1 })!);
          const authenticationValue = { kind: 'charstring', value: challenge } as const;
          return encodeApdu({ ...said, authenticationValue } as typeof said);
        }
        if (asked.service !== 'action-request' || asked.kind !== 'normal') throw new Error(asked.service);
        // the answer to ours is looked up in the one it was given to its own
        const { value: given } = asked.parameters as { value: Uint8Array };
        const padded = Uint8Array.of(...own, ...new Uint8Array((16 - (own.length % 16)) % 16));
        const known = Uint8Array.of(...challenge, ...new Uint8Array(32));
        const answer: number[] = [];
        for (let at = 0; at < padded.length; at += 16) {
          const block = padded.subarray(at, at + 16).join();
          const place = [0, 16, 32].find((from) => known.subarray(from, from + 16).join() === block)!;
          answer.push(...given.subarray(place, place + 16));
        }
        const value: CosemValue = { type: 'octet-string', value: Uint8Array.from(answer) };
        const outcome = { result: 'success', returned: { kind: 'data', value } } as const;
        return encodeApdu({ service: 'action-response', kind: 'normal', invoke: asked.invoke, outcome });
      },
    };
    const options = clientOptions({ ...hls, profile: { challengeBytes: size } }, { next: 1, lowest: 0 });
    const client = new DlmsClient(thief, options);
    await expect(client.associate()).rejects.toMatchObject({ code: 'DLMS_PROTOCOL' });
  });
});

test('a meter takes one answer to its challenge', async () => {
  const setting = { mechanism: 'hls-md5' } as const;
  const server = serverOf(setting);
  const handle = (apdu: Uint8Array) => server.handle(apdu, { clientSap: 1 })!;
  let aarq = new Uint8Array(0);
  const recorder: DlmsTransport = {
    async exchange(request) {
      aarq = request.slice();
      throw new Error('recorded');
    },
  };
  const client = new DlmsClient(recorder, clientOptions(setting, { next: 1, lowest: 0 }));
  await expect(client.associate()).rejects.toThrow('recorded');
  const { authenticationValue } = decodeApdu(handle(aarq)) as ApduOf<'aare'>;
  const { value: challenge } = authenticationValue as { value: Uint8Array };
  const { secret } = authenticationOf('hls-md5', 0) as { secret: Uint8Array };
  const none = new Uint8Array(0);
  const answers = [text('a guess'), secret].map((guess) => {
    const titles = { ownTitle: none, otherTitle: none };
    const proof: HlsProof = { mechanism: 3, secret: guess, challenge, ownChallenge: none, ...titles };
    const parameters: CosemValue = { type: 'octet-string', value: answerHls(nobleCrypto, proof) };
    const method = { classId: 15, instance: '0.0.40.0.0.255', method: 1 };
    return decodeApdu(
      handle(encodeApdu({ service: 'action-request', kind: 'normal', invoke: 0xc1, method, parameters })),
    );
  });
  expect(answers[0]).toMatchObject({ outcome: { result: 'read-write-denied' } });
  expect(answers[1]).toMatchObject({ reason: { kind: 'operation-not-possible' } });
});

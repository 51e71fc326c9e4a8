import { Readable } from 'node:stream';
import { LineDecoder, nobleCrypto } from '@openami/wire/dlms';
import { expect, it } from 'vitest';
import { decodeLines } from '../../src/cli/decode-lines.ts';

it('hands on what was decoded before the input fails', async () => {
  const input = Readable.from(
    (function* () {
      yield '{"id":1,"hex":"C001C100080000010000FF0200"}\n';
      throw new Error('the disk is gone');
    })(),
  );
  let out = '';
  const decoder = new LineDecoder(nobleCrypto);
  const write = (text: string) => {
    out += text;
  };
  const decoded = decodeLines(input, (line) => decoder.decode(line), write);
  await expect(decoded).rejects.toThrow('the disk is gone');
  expect(JSON.parse(out)).toMatchObject({ id: 1, ok: true });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { LineDecoder, nobleCrypto } from '@openami/wire/dlms';
import { expect, it } from 'vitest';
import { decodeLines } from '../../src/cli/decode-lines.ts';
import { cliMain } from '../helpers/cli-main.ts';

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

it('ends without a word when its reader has had enough', async () => {
  const child = spawn(process.execPath, [...cliMain, 'decode', 'mbus']);
  let told = '';
  child.stderr.on('data', (text) => {
    told += text;
  });
  // the rest of the input goes nowhere
  child.stdin.on('error', () => undefined);
  for (let i = 0; i < 20_000; i++) child.stdin.write(`{"id":${i},"hex":"00"}\n`);
  child.stdin.end();
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  expect([code, told]).toEqual([0, '']);
});

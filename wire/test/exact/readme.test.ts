/** The examples of the READMEs of CoAP, LwM2M, SenML and Sparkplug run, and are what the READMEs show. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bytesOfHex } from '../../src/bytes.ts';
import { utf8Bytes } from '../../src/text.ts';
import { example as coapExample } from '../coap/example.ts';
import { example as lwm2mExample } from '../lwm2m/example.ts';
import { catchPrinted } from '../printed.ts';
import { example as senmlExample } from '../senml/example.ts';
import { goldenPacks } from '../senml/made.ts';
import { example as sparkplugExample } from '../sparkplug/example.ts';
import { goldenPayloads } from '../sparkplug/made.ts';

const printed = catchPrinted();

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const folded = (code: string) => code.replace(/\s+/g, ' ').trim();

test.each(['coap', 'lwm2m', 'senml', 'sparkplug'])('the README of %s shows its example', (name) => {
  const [, shown = '-'] = /```ts\n([\s\S]*?)```/.exec(read(`../../src/${name}/README.md`)) ?? [];
  expect(folded(read(`../${name}/example.ts`))).toContain(folded(shown));
});

test('a pack of SenML', () => {
  senmlExample(utf8Bytes(goldenPacks[0]!));
  const names = ['1-0:1.8.0', '1-0:2.8.0', '1-0:32.7.0'].map((name) => `OA2000001/${name} number`);
  expect(printed).toEqual([...names, 'OA2000001 1-0:1.8.0*255 1234.567']);
});

test('data of Sparkplug before its birth: a rebirth is asked for', () => {
  const topics: string[] = [];
  sparkplugExample(bytesOfHex(goldenPayloads.ddata)!, 1_774_746_000_000, (topic) => void topics.push(topic));
  expect(topics).toEqual(['spBv1.0/Plant/NCMD/Edge1']);
  expect(printed).toEqual(['3']);
});

test('a water meter of LwM2M', () => {
  lwm2mExample(bytesOfHex('c801084028b0a3d70a3d71e4158e69c87990')!);
  expect(printed).toEqual([
    '3424/0/1 Cumulated water volume',
    '3424/0/5518 Timestamp',
    '8-0:1.0.0*255 12.345',
  ]);
});

test('a datagram of CoAP', () => {
  coapExample(bytesOfHex('40017d34bb74656d7065726174757265')!);
  expect(printed).toEqual(['temperature 2.04', '16']);
});

/** SML captures against the reading of another program (libsml). */
import { join } from 'node:path';
import { readingsOfSml, type SmlFile, SmlStream, type SmlValue } from '../../src/sml/index.ts';
import { bytesOfFile, filesOf, type SetScore, textOfFile } from '../vectors.ts';

interface OracleEntry {
  readonly obis: string;
  readonly raw?: number;
  readonly octets?: string;
  readonly scaler?: number;
  readonly type?: string;
  readonly unit?: number;
  readonly status?: number;
}

interface OracleFile {
  readonly transport_len: number;
  readonly messages: readonly {
    readonly tag: number;
    readonly server_id?: string;
    readonly entries?: readonly OracleEntry[];
  }[];
}

const tags: Readonly<Record<string, number>> = {
  'open-response': 0x101,
  'get-list-response': 0x701,
  'close-response': 0x201,
};

/** One case a capture: every file the oracle tells is among ours, in its order, with the same entries. */
export function scoreVectors(root: string): SetScore[] {
  const folder = join(root, 'sml');
  const notes: string[] = [];
  let passed = 0;
  const names = filesOf(folder, '.bin');
  for (const name of names) {
    const files = filesIn(bytesOfFile(folder, name));
    const oracle = textOfFile(folder, name.replace(/\.bin$/, '.libsml.jsonl'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as OracleFile);
    const { missing, found, wrong } = compare(files, oracle);
    if (missing === undefined) passed++;
    else notes.push(`${name}: ${missing}`);
    notes.push(...wrong.map((text) => `${name}: ${text}`));
    if (files.length > found.length) {
      const more = files.length - found.length;
      notes.push(`${name}: ${more} files with good checksums that the oracle has not (it gave up on them)`);
    }
    const mended = found.flatMap((file) => readingsOfSml(file)).flatMap(({ readings }) => readings);
    for (const { obis, quirk, value } of mended) {
      if (quirk === undefined) continue;
      notes.push(`${name}: ${obis} is sent as the oracle has it and meant as ${value?.raw} (${quirk})`);
    }
  }
  return [{ set: 'sml', total: names.length, passed, notes }];
}

/** Whole files of a capture. */
export function filesIn(bytes: Uint8Array): SmlFile[] {
  const stream = new SmlStream();
  return [...stream.push(bytes), ...stream.flush()].flatMap(({ frame }) => frame ?? []);
}

function compare(
  files: readonly SmlFile[],
  oracle: readonly OracleFile[],
): { readonly missing?: string; readonly found: readonly SmlFile[]; readonly wrong: readonly string[] } {
  const found: SmlFile[] = [];
  const wrong: string[] = [];
  let at = 0;
  for (const [i, expected] of oracle.entries()) {
    // every file of a meter ends with its close message: the oracle ran over a damaged end into the next
    if (expected.messages.at(-1)?.tag !== tags['close-response']) {
      wrong.push(`file ${i} of the oracle is several, run into one of ${expected.transport_len} bytes`);
      continue;
    }
    const text = JSON.stringify(shapeOfOracle(expected));
    while (at < files.length && JSON.stringify(shapeOf(files[at]!)) !== text) at++;
    if (at === files.length) return { missing: `file ${i} of the oracle is not among ours`, found, wrong };
    found.push(files[at++]!);
  }
  return { found, wrong };
}

function shapeOfOracle({ transport_len, messages }: OracleFile): object {
  return {
    bytes: transport_len,
    messages: messages.map(({ tag, server_id = null, entries = [] }) => ({
      tag,
      server: server_id,
      entries: entries.map((entry) => [
        entry.obis,
        entry.raw ?? entry.octets,
        entry.raw === undefined ? null : (entry.scaler ?? 0),
        entry.type ?? null,
        entry.unit ?? null,
        entry.status ?? null,
      ]),
    })),
  };
}

function shapeOf(file: SmlFile): object {
  return {
    bytes: file.bytes,
    messages: file.messages.map(({ body }) => ({
      tag: tags[body.type] ?? body.type,
      server: body.type === 'get-list-response' ? hex(body.serverId) : null,
      entries: (body.type === 'get-list-response' ? body.entries : []).map((entry, i) => {
        const reading = readingsOfSml({ ...file, messages: file.messages.filter((m) => m.body === body) })[0]!
          .readings[i]!;
        const { value } = entry;
        const isNumber = value.type === 'integer' || value.type === 'unsigned';
        return [
          reading.obis,
          sent(value),
          isNumber ? reading.value!.power : null,
          isNumber ? typeOf(value.type, value.bytes) : null,
          entry.unit ?? null,
          entry.status === undefined ? null : Number(entry.status),
        ];
      }),
    })),
  };
}

/** The oracle names integers by the next power of two bytes. */
function typeOf(type: string, bytes: number): string {
  return `${type === 'integer' ? 'i' : 'u'}${8 * 2 ** Math.ceil(Math.log2(bytes))}`;
}

function sent(value: SmlValue): unknown {
  if (value.type === 'octets') return hex(value.octets);
  if (value.type === 'list') return 'list';
  return typeof value.value === 'boolean' ? value.value : Number(value.value);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

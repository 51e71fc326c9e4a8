/** Captures beside the repository: TCP payloads out of pcap files, and the logs that tell what is in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Segment {
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** TCP and UDP payloads of a pcap file (Ethernet, IPv4), in the order of the file; repeats of TCP are left out. */
export function payloadsOf(file: Uint8Array): Segment[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const little = view.getUint32(0, true) === 0xa1b2c3d4 || view.getUint32(0, true) === 0xa1b23c4d;
  const out: Segment[] = [];
  const next = new Map<string, number>();
  for (let at = 24; at + 16 <= file.length; ) {
    const length = view.getUint32(at + 8, little);
    const frame = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    if (frame.length < 34 || frame[12] !== 8 || frame[13] !== 0) continue;
    const ip = frame.subarray(14);
    const head = (ip[0]! & 0xf) * 4;
    const total = (ip[2]! << 8) | ip[3]!;
    const body = ip.subarray(head, total);
    const port = (body[0]! << 8) | body[1]!;
    const from = `${ip.subarray(12, 16).join('.')}:${port}`;
    if (ip[9] === 17) out.push({ from, bytes: body.subarray(8) });
    if (ip[9] !== 6) continue;
    const data = body.subarray((body[12]! >> 4) * 4);
    if (data.length === 0) continue;
    const sequence = new DataView(body.buffer, body.byteOffset + 4, 4).getUint32(0);
    const expected = next.get(from);
    if (expected !== undefined && ((sequence - expected) | 0) < 0) continue;
    next.set(from, (sequence + data.length) >>> 0);
    out.push({ from, bytes: data });
  }
  return out;
}

export interface Capture {
  readonly name: string;
  readonly segments: readonly Segment[];
  /** Rows of each log, in order; a field that is not there is `-`. */
  readonly logs: ReadonlyMap<string, readonly (readonly string[])[]>;
}

export function captures(folder: string): Capture[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.pcap'))
    .sort()
    .map((file) => {
      const name = file.replace(/\.pcap$/, '');
      const logs = new Map<string, string[][]>();
      if (existsSync(`${folder}/${name}`)) {
        for (const log of readdirSync(`${folder}/${name}`)) {
          const rows = readFileSync(`${folder}/${name}/${log}`, 'utf8')
            .split('\n')
            .filter((line) => line !== '' && !line.startsWith('#'))
            .map((line) => line.split('\t'));
          logs.set(log.replace(/\.log$/, ''), rows);
        }
      }
      return { name, segments: payloadsOf(readFileSync(`${folder}/${file}`)), logs };
    });
}

/** Bytes as the logs write them: what is not printable, and commas, as `\x00`. */
export function logBytes(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) {
    if (byte === 0x5c) out += '\\\\';
    else if (byte >= 0x20 && byte < 0x7f) out += String.fromCharCode(byte);
    else out += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return out === '' ? '(empty)' : out;
}

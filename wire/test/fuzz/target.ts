/** A decoder that bytes are thrown at. */
export interface Target {
  readonly name: string;
  /** Decodes; `pick` gives seeded numbers below its limit. */
  run(bytes: Uint8Array, pick: (limit: number) => number): void;
}

interface Stream {
  push(chunk: Uint8Array): unknown;
  flush(): unknown;
}

/** The bytes to a stream in pieces of any size. */
export function inPieces(stream: Stream, bytes: Uint8Array, pick: (limit: number) => number): void {
  const most = 1 + pick(64);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + pick(most);
    stream.push(bytes.subarray(at, at + size));
    at += size;
  }
  stream.flush();
}

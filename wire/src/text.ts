/** UTF-8 both ways, from what every JavaScript world has. */
interface Utf8Decoder {
  decode(bytes: Uint8Array): string;
}
interface Utf8Encoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
const world = globalThis as unknown as {
  TextDecoder: new (label: string, options: { fatal: boolean }) => Utf8Decoder;
  TextEncoder: new () => Utf8Encoder;
};
const strict = new world.TextDecoder('utf-8', { fatal: true });
const encoder = new world.TextEncoder();

/** Text of UTF-8 bytes; undefined where they are not UTF-8. A leading byte order mark is dropped. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-8 bytes of a text. */
export function utf8Bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

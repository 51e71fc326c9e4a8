/** UTF-8 and ASCII both ways, from what every JavaScript world has. */
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
const western = new world.TextDecoder('latin1', { fatal: false });
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

/** Text of ASCII bytes, one character a byte; bytes above 7f are read as the web reads Latin-1. */
export function asciiText(bytes: Uint8Array): string {
  return western.decode(bytes);
}

/** Bytes of ASCII text; of a character beyond Latin-1 its low eight bits. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/**
 * PostgreSQL's wire protocol, as far as a front before a single backend needs it (PostgreSQL manual,
 * "Message Formats"): cutting a byte stream into messages, building the few answers the front gives by
 * itself, and renaming prepared statements so that connections cannot see each other's.
 */

/** Frontend message tags used here. */
export const Tag = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  describe: 0x44,
  execute: 0x45,
  flush: 0x48,
  functionCall: 0x46,
  parse: 0x50,
  password: 0x70,
  query: 0x51,
  sync: 0x53,
  terminate: 0x58,
} as const;

/** A message as it came, tag and length included (start-up messages have no tag: `tag` is 0). */
export interface Message {
  readonly tag: number;
  readonly bytes: Buffer;
}

/** A peer that breaks the protocol or its limits; the connection ends with this SQLSTATE. */
export class ProtocolFault extends Error {
  readonly sqlState: string;

  constructor(sqlState: string, message: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

/** Cuts chunks into messages. The first messages of a connection have no tag: `tagged` false. */
export class MessageCutter {
  #parts: Buffer[] = [];
  #size = 0;
  tagged = false;
  maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    this.#parts.push(chunk);
    this.#size += chunk.length;
  }

  /** The next whole message, or undefined until more bytes come. */
  next(): Message | undefined {
    const header = this.tagged ? 5 : 4;
    if (this.#size < header) return undefined;
    const length = this.#first(header).readInt32BE(header - 4) + header - 4;
    if (length < header) throw new ProtocolFault('08P01', 'invalid message length');
    if (length > this.maxBytes) throw new ProtocolFault('08P01', `message of ${length} bytes is too long`);
    if (this.#size < length) return undefined;
    const first = this.#first(length);
    const bytes = first.subarray(0, length);
    if (first.length > length) this.#parts[0] = first.subarray(length);
    else this.#parts.shift();
    this.#size -= length;
    return { tag: this.tagged ? bytes[0]! : 0, bytes };
  }

  /** The first part, joined with the others when it is shorter than `need`. */
  #first(need: number): Buffer {
    if (this.#parts[0]!.length < need) this.#parts = [Buffer.concat(this.#parts)];
    return this.#parts[0]!;
  }
}

function message(tag: string, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(tag, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const answers = {
  authenticationCleartext: () => message('R', int32(3)),
  authenticationOk: () => message('R', int32(0)),
  parameter: (name: string, value: string) => message('S', `${name}\0${value}\0`),
  backendKey: (pid: number, secret: number) => message('K', int32(pid), int32(secret)),
  ready: (status: 'I' | 'T' | 'E' = 'I') => message('Z', status),
  copyIn: () => message('G', Buffer.from([0, 0, 0])),
  error: (severity: 'ERROR' | 'FATAL', sqlState: string, text: string) =>
    message('E', `S${severity}\0V${severity}\0C${sqlState}\0M${text}\0\0`),
};

export const requests = {
  query: (sql: string) => message('Q', `${sql}\0`),
  closeStatement: (name: string) => message('C', `S${name}\0`),
  sync: () => message('S'),
};

/** Status of the ReadyForQuery that ends an answer; undefined when the answer does not end with one. */
export function readyStatus(answer: Uint8Array): 'I' | 'T' | 'E' | undefined {
  const at = answer.length - 6;
  if (at < 0 || answer[at] !== 0x5a || answer[at + 4] !== 5 || answer[at + 1] !== 0) return undefined;
  return String.fromCharCode(answer[at + 5]!) as 'I' | 'T' | 'E';
}

/** The answer without its first message of this tag. */
export function withoutFirst(answer: Uint8Array, tag: string): Uint8Array {
  const bytes = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  const code = tag.charCodeAt(0);
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    if (bytes[at] === code) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    at = end;
  }
  return answer;
}

function textAt(bytes: Buffer, from: number): { readonly text: string; readonly end: number } {
  const end = bytes.indexOf(0, from);
  if (end < 0) throw new ProtocolFault('08P01', 'unterminated string in message');
  return { text: bytes.toString('utf8', from, end), end: end + 1 };
}

/** SQL text of a Query or Parse message. */
export function sqlOf({ tag, bytes }: Message): string {
  return tag === Tag.query ? textAt(bytes, 5).text : textAt(bytes, textAt(bytes, 5).end).text;
}

/**
 * Name of the prepared statement a Parse, Bind, Describe or Close message is about; undefined where it is
 * about none. Bind: portal, statement, ... Describe and Close: 'S' or 'P', name.
 */
export function statementOf({ tag, bytes }: Message): string | undefined {
  if (tag === Tag.parse) return textAt(bytes, 5).text;
  if (tag === Tag.bind) return textAt(bytes, textAt(bytes, 5).end).text;
  if ((tag === Tag.describe || tag === Tag.close) && bytes[5] === 0x53) return textAt(bytes, 6).text;
  return undefined;
}

/** The message with its prepared statement's name prefixed; unnamed ones stay. */
export function withStatementPrefix(source: Message, prefix: string): Message {
  const name = statementOf(source);
  if (!name) return source;
  const { tag, bytes } = source;
  const at = tag === Tag.parse ? 5 : tag === Tag.bind ? textAt(bytes, 5).end : 6;
  const body = [bytes.subarray(5, at), Buffer.from(prefix), bytes.subarray(at)];
  return { tag, bytes: message(String.fromCharCode(tag), ...body) };
}

/**
 * `Buffer` as codecs use it: the runtimes for which many were written give it to them. It is a Uint8Array in
 * the sandbox, written in the sandbox's own language, and reaches nothing else.
 */
export const bufferShim = `(function () {
'use strict';
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = {};
for (let i = 0; i < 64; i++) values[digits[i]] = i;
values['-'] = 62; values['_'] = 63;

function utf8Bytes(text) {
  const out = [];
  for (const char of text) {
    let code = char.codePointAt(0);
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) out.push(code);
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else {
      out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
      out.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return out;
}
function utf8Text(bytes) {
  let text = '';
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++];
    if (first < 0x80) { text += String.fromCharCode(first); continue; }
    let more = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    let code = more === 0 ? 0xfffd : first & (0x3f >> more);
    let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    for (; more > 0; more--) {
      if (i >= bytes.length || bytes[i] < low || bytes[i] > high) { code = 0xfffd; break; }
      code = (code << 6) | (bytes[i++] & 63);
      low = 0x80; high = 0xbf;
    }
    text += String.fromCodePoint(code);
  }
  return text;
}
function bytesOf(text, encoding) {
  const out = [];
  switch (String(encoding === undefined ? 'utf8' : encoding).toLowerCase()) {
    case 'hex':
      for (let i = 0; i + 1 < text.length; i += 2) {
        const pair = text.slice(i, i + 2);
        if (!/^[0-9a-f]{2}$/i.test(pair)) break;
        out.push(parseInt(pair, 16));
      }
      return out;
    case 'base64': case 'base64url': {
      let bits = 0, held = 0;
      for (const char of text) {
        if (char === '=') break;
        const value = values[char];
        if (value === undefined) continue;
        held = ((held << 6) | value) & 0xffff;
        bits += 6;
        if (bits >= 8) { bits -= 8; out.push((held >> bits) & 255); }
      }
      return out;
    }
    case 'ascii': case 'latin1': case 'binary':
      for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255);
      return out;
    case 'utf16le': case 'utf-16le': case 'ucs2': case 'ucs-2':
      for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i) & 255, text.charCodeAt(i) >> 8);
      return out;
    case 'utf8': case 'utf-8': return utf8Bytes(text);
  }
  throw new TypeError('Unknown encoding: ' + encoding);
}
function textOf(bytes, encoding) {
  let out = '';
  switch (String(encoding === undefined ? 'utf8' : encoding).toLowerCase()) {
    case 'hex':
      for (let i = 0; i < bytes.length; i++) out += (bytes[i] < 16 ? '0' : '') + bytes[i].toString(16);
      return out;
    case 'base64': case 'base64url': {
      for (let i = 0; i < bytes.length; i += 3) {
        const held = (bytes[i] << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
        out += digits[held >> 18] + digits[(held >> 12) & 63];
        out += i + 1 < bytes.length ? digits[(held >> 6) & 63] : '=';
        out += i + 2 < bytes.length ? digits[held & 63] : '=';
      }
      return encoding.toLowerCase() === 'base64' ? out
        : out.replace(/=+$/, '').replace(/\\+/g, '-').replace(/\\//g, '_');
    }
    case 'ascii':
      for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i] & 127);
      return out;
    case 'latin1': case 'binary':
      for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i]);
      return out;
    case 'utf16le': case 'utf-16le': case 'ucs2': case 'ucs-2':
      for (let i = 1; i < bytes.length; i += 2) out += String.fromCharCode(bytes[i - 1] | (bytes[i] << 8));
      return out;
    case 'utf8': case 'utf-8': return utf8Text(bytes);
  }
  throw new TypeError('Unknown encoding: ' + encoding);
}
function outside(offset, length, buffer) {
  if (typeof offset !== 'number' || offset % 1 !== 0) {
    throw new TypeError('The "offset" argument must be a whole number');
  }
  if (offset < 0 || offset + length > buffer.length) {
    throw new RangeError('The value of "offset" is out of range. It must be >= 0 and <= ' +
      Math.max(0, buffer.length - length) + '. Received ' + offset);
  }
}
function readWhole(buffer, offset, length, little) {
  outside(offset, length, buffer);
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + buffer[offset + (little ? length - 1 - i : i)];
  return value;
}
function signed(value, length) {
  return value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value;
}
function writeWhole(buffer, value, offset, length, little) {
  outside(offset, length, buffer);
  let rest = Math.trunc(Number(value));
  for (let i = 0; i < length; i++) {
    buffer[offset + (little ? i : length - 1 - i)] = ((rest % 256) + 256) % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + length;
}

class Buffer extends Uint8Array {
  constructor(value, encoding, length) {
    if (typeof value === 'string') super(bytesOf(value, encoding));
    else super(value, encoding, length);
  }
  static from(value, encoding, length) {
    if (typeof value === 'string') return new Buffer(bytesOf(value, encoding));
    if (value instanceof ArrayBuffer) return new Buffer(value, encoding, length);
    if (value === null || typeof value !== 'object') {
      throw new TypeError('The first argument must be bytes or text');
    }
    if (value.type === 'Buffer' && Array.isArray(value.data)) return new Buffer(value.data);
    return new Buffer(Array.from(value, (byte) => Number(byte) & 255));
  }
  static of(...bytes) { return new Buffer(bytes); }
  static alloc(size, fill, encoding) {
    const made = new Buffer(size);
    return fill === undefined ? made : made.fill(fill, 0, size, encoding);
  }
  static allocUnsafe(size) { return new Buffer(size); }
  static isBuffer(value) { return value instanceof Buffer; }
  static byteLength(value, encoding) {
    return typeof value === 'string' ? bytesOf(value, encoding).length : value.byteLength;
  }
  static concat(list, total) {
    let length = 0;
    for (const each of list) length += each.length;
    const made = new Buffer(total === undefined ? length : total);
    let at = 0;
    for (const each of list) for (let i = 0; i < each.length && at < made.length; i++) made[at++] = each[i];
    return made;
  }
  static compare(a, b) { return Buffer.prototype.compare.call(a, b); }
  toString(encoding, from, to) {
    return textOf(from === undefined ? this : this.subarray(from, to), encoding);
  }
  toJSON() { return { type: 'Buffer', data: Array.from(this) }; }
  slice(from, to) { return this.subarray(from, to); }
  equals(other) { return this.compare(other) === 0; }
  compare(other) {
    const least = Math.min(this.length, other.length);
    for (let i = 0; i < least; i++) if (this[i] !== other[i]) return this[i] < other[i] ? -1 : 1;
    return Math.sign(this.length - other.length);
  }
  copy(target, at = 0, from = 0, to = this.length) {
    const part = this.subarray(from, Math.min(to, from + Math.max(0, target.length - at)));
    target.set(part, at);
    return part.length;
  }
  fill(value, from, to, encoding) {
    if (typeof value !== 'string') return super.fill(value, from, to);
    const bytes = bytesOf(value, encoding);
    const start = from === undefined ? 0 : from, end = to === undefined ? this.length : to;
    for (let i = start; i < end; i++) this[i] = bytes.length === 0 ? 0 : bytes[(i - start) % bytes.length];
    return this;
  }
  write(text, at = 0, length = this.length - at, encoding = 'utf8') {
    if (typeof at === 'string') { encoding = at; at = 0; length = this.length; }
    else if (typeof length === 'string') { encoding = length; length = this.length - at; }
    const bytes = bytesOf(text, encoding).slice(0, Math.min(length, this.length - at));
    this.set(bytes, at);
    return bytes.length;
  }
  indexOf(value, from, encoding) {
    if (typeof value === 'number') return super.indexOf(value & 255, from);
    const named = typeof from === 'string' ? from : encoding;
    const wanted = typeof value === 'string' ? bytesOf(value, named) : value;
    for (let at = typeof from === 'number' ? from : 0; at + wanted.length <= this.length; at++) {
      let i = 0;
      while (i < wanted.length && this[at + i] === wanted[i]) i++;
      if (i === wanted.length) return at;
    }
    return -1;
  }
  includes(value, from, encoding) { return this.indexOf(value, from, encoding) !== -1; }
  swap16() { for (let i = 0; i + 1 < this.length; i += 2) this.subarray(i, i + 2).reverse(); return this; }
  swap32() { for (let i = 0; i + 3 < this.length; i += 4) this.subarray(i, i + 4).reverse(); return this; }
}

const methods = {
  readUIntLE(at, length) { return readWhole(this, at, length, true); },
  readUIntBE(at, length) { return readWhole(this, at, length, false); },
  readIntLE(at, length) { return signed(readWhole(this, at, length, true), length); },
  readIntBE(at, length) { return signed(readWhole(this, at, length, false), length); },
  writeUIntLE(value, at, length) { return writeWhole(this, value, at, length, true); },
  writeUIntBE(value, at, length) { return writeWhole(this, value, at, length, false); },
  writeIntLE(value, at, length) { return writeWhole(this, value, at, length, true); },
  writeIntBE(value, at, length) { return writeWhole(this, value, at, length, false); },
};
const add = (name, method) => {
  methods[name] = method;
  if (/UInt/.test(name)) methods[name.replace('UInt', 'Uint')] = method;
};
for (const bits of [8, 16, 32]) {
  for (const little of bits === 8 ? [true] : [true, false]) {
    const end = bits === 8 ? '' : little ? 'LE' : 'BE', size = bits / 8;
    add('readUInt' + bits + end, function (at = 0) { return readWhole(this, at, size, little); });
    add('readInt' + bits + end, function (at = 0) {
      return signed(readWhole(this, at, size, little), size);
    });
    for (const kind of ['UInt', 'Int']) {
      add('write' + kind + bits + end, function (value, at = 0) {
        return writeWhole(this, value, at, size, little);
      });
    }
  }
}
const views = [['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigInt64', 'BigInt64', 8],
  ['BigUInt64', 'BigUint64', 8]];
for (const [name, type, size] of views) {
  for (const little of [true, false]) {
    const end = little ? 'LE' : 'BE';
    const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    add('read' + name + end, function (at = 0) {
      outside(at, size, this);
      return view(this)['get' + type](at, little);
    });
    add('write' + name + end, function (value, at = 0) {
      outside(at, size, this);
      view(this)['set' + type](at, value, little);
      return at + size;
    });
  }
}
for (const name of Object.keys(methods)) {
  Object.defineProperty(Buffer.prototype, name, { value: methods[name], writable: true, configurable: true });
}
Object.defineProperty(globalThis, 'Buffer', { value: Buffer, writable: true, configurable: true });
})()`;

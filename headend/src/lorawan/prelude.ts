/**
 * What is in the sandbox before a codec is: a console that remembers, and the function that calls the codec.
 * It keeps the built-in functions it uses, so that nothing a codec does to them changes how a result is read.
 * A codec reaches nothing else: the engine has no host function at all.
 *
 * The answer is one text: a letter, then JSON. `r` result, `n` no such function, `p` a promise or another
 * thing that is no result, `l` too long, `m` out of memory, `e` an error that was thrown.
 */

/** Lines of a console that are kept, and characters of each. */
const MAX_LOG_LINES = 50;
const MAX_LOG_CHARS = 500;

/** Longest result in characters of JSON. */
export const MAX_RESULT_CHARS = 262_144;

export const prelude = `(function () {
'use strict';
const stringify = JSON.stringify, parse = JSON.parse, TheDate = Date, text = String, from = Array.from;
const isView = ArrayBuffer.isView, globalEval = eval, slice = Function.prototype.call.bind(''.slice);
const lines = [];
let printed = 0;
function shown(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && !(value instanceof Error)) {
    const json = stringify(value);
    if (typeof json === 'string') return json;
  }
  return text(value);
}
function print() {
  if (printed >= ${MAX_LOG_LINES}) return;
  let line = '';
  for (let i = 0; i < arguments.length && line.length < ${MAX_LOG_CHARS}; i++) {
    let part;
    try { part = shown(arguments[i]); } catch { part = '?'; }
    line += (i === 0 ? '' : ' ') + slice(part, 0, ${MAX_LOG_CHARS});
  }
  lines[printed++] = slice(line, 0, ${MAX_LOG_CHARS});
}
const names = ['log', 'info', 'warn', 'error', 'debug', 'trace'];
const theConsole = {};
for (let i = 0; i < names.length; i++) theConsole[names[i]] = print;
globalThis.console = theConsole;
// Scripts made for Node name modules that few payloads need: what is used of one fails, not that it is named.
function missing(name) {
  const fail = () => {
    const error = new Error('there is no module ' + name);
    error.name = 'NoModule';
    throw error;
  };
  return new Proxy(function () {}, {
    get: (target, key) => (typeof key === 'symbol' || key === 'then' ? undefined : missing(name)),
    apply: fail,
    construct: fail,
  });
}
const buffers = { Buffer: globalThis.Buffer };
globalThis.require = (name) => (name === 'buffer' || name === 'node:buffer' ? buffers : missing(text(name)));
globalThis.exports = {};
globalThis.module = { exports: globalThis.exports };

// in the global scope, so that functions declared with const and let are found as well
const functions = ['decodeUplink', 'decodeDownlink', 'encodeDownlink',
  'Decoder', 'Decode', 'Encoder', 'Encode'];
const lookups = {};
function found(name) {
  const places = [name, 'module.exports.' + name, 'exports.' + name, 'driver.' + name,
    'module.exports.driver.' + name, 'exports.driver.' + name];
  for (let i = 0; i < places.length; i++) {
    try {
      const value = globalEval(places[i]);
      if (typeof value === 'function') return value;
    } catch {}
  }
  return undefined;
}
function lookup(name) {
  lookups[name] = { own: found(name) };
}
function called(name, input) {
  const own = lookups[name].own;
  if (own !== undefined) return own(input);
  if (name === 'decodeUplink') {
    const Decoder = lookups.Decoder.own, Decode = lookups.Decode.own;
    if (Decoder !== undefined) return { data: Decoder(input.bytes, input.fPort) };
    if (Decode !== undefined) return { data: Decode(input.fPort, input.bytes, input.variables) };
  }
  if (name === 'encodeDownlink') {
    const Encoder = lookups.Encoder.own, Encode = lookups.Encode.own;
    if (Encoder !== undefined) return { bytes: Encoder(input.data, input.fPort), fPort: input.fPort };
    if (Encode !== undefined) {
      return { bytes: Encode(input.fPort, input.data, input.variables), fPort: input.fPort };
    }
  }
  return lookups;
}
function answer(kind, value) {
  const json = stringify(value);
  if (typeof json !== 'string') return 'p"' + typeof value + '"';
  return json.length > ${MAX_RESULT_CHARS} ? 'l' + json.length : kind + json;
}
function withLogs(result) {
  return printed === 0 ? result : result + '\\n' + stringify(lines);
}
return {
  ready() {
    for (let i = 0; i < functions.length; i++) lookup(functions[i]);
  },
  run(name, json, asDate) {
    const input = parse(json);
    if (asDate && typeof input.recvTime === 'string') input.recvTime = new TheDate(input.recvTime);
    let out;
    try {
      out = called(name, input);
    } catch (error) {
      // the engine throws null when there is no memory left for an error
      if (error === null) return 'm';
      // as plain text: what was thrown may be anything, and reading it may throw again
      let name = 'Error', message = '';
      try {
        if (typeof error === 'object' && error !== null) {
          name = text(error.name);
          message = text(error.message);
        } else message = text(error);
      } catch {}
      return withLogs(answer('e', { name: slice(name, 0, 100), message: slice(message, 0, 1000) }));
    }
    if (out === lookups) return 'n';
    if (typeof out !== 'object' || out === null) return withLogs('p' + stringify(typeof out));
    try {
      // toJSON, getters and proxies of the result run here
      if (typeof out.then === 'function') return withLogs('p"promise"');
      if (isView(out.bytes)) {
        out = { bytes: from(out.bytes), fPort: out.fPort, warnings: out.warnings, errors: out.errors };
      }
      return withLogs(answer('r', out));
    } catch (error) {
      let message = '';
      try { message = text(error); } catch {}
      return withLogs('p' + stringify(slice(message, 0, 500)));
    }
  },
};
})()`;

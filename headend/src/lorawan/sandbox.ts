/**
 * Runs payload codecs in QuickJS, an engine in WebAssembly, so that all a codec can reach is one block of
 * memory.
 *
 * That memory makes the state of a codec fresh for every payload at almost no cost: it is copied once the
 * script has run, and the copy is put back before each call. Nothing that a payload left behind (counters,
 * caches, changed prototypes) is there for the next, which freezing objects could not promise; and codecs
 * that write to variables of their own, as many do, work unchanged.
 *
 *   engine, prelude ─▶ base image ─▶ script of codec A ─▶ image A ─▶ call ─▶ image A put back ─▶ call …
 *                          └───────▶ script of codec B ─▶ image B ─▶ …       (one engine, many images)
 *
 * Time is limited by the engine's interrupts, stack by its own count, and memory by a WebAssembly memory that
 * does not grow (the engine's own count of memory misses much of what is taken). Some built-in functions loop
 * without interrupts: against them helps only the process around it (`codec-host.ts`), and TZ=UTC is its as
 * well.
 */
import type { OpenAmiError } from '@openami/model';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSSyncVariant,
} from 'quickjs-emscripten-core';
import { remember } from '../remember.ts';
import { bufferShim } from './buffer-shim.ts';
import { codecErrors, thrownError } from './codec-errors.ts';
import { prelude } from './prelude.ts';
import { parseResult } from './result.ts';

export interface SandboxLimits {
  /** Processor time of one call. */
  readonly callMs: number;
  /** Processor time of a script to be loaded. */
  readonly loadMs: number;
  /** Memory of the engine, 5 MiB of it its stack: whole pages of 64 KiB, at least 16 MiB. */
  readonly memoryBytes: number;
  /**
   * As the engine counts it. Scripts with long chains of `else if` need much; where V8's stack ends first,
   * the engine breaks and is made anew.
   */
  readonly stackBytes: number;
  readonly scriptChars: number;
  /** Images kept, and their bytes. The one used longest ago goes first, to be made again when needed. */
  readonly images: number;
  readonly imageBytes: number;
}

const defaultSandboxLimits: SandboxLimits = {
  callMs: 100,
  loadMs: 500,
  memoryBytes: 16 * 2 ** 20,
  stackBytes: 512 * 2 ** 10,
  scriptChars: 512 * 1024,
  images: 64,
  imageBytes: 128 * 2 ** 20,
};

export type CodecFunction = 'decodeUplink' | 'decodeDownlink' | 'encodeDownlink';

/** A script and how it wants its input. */
export interface CodecScript {
  /** Changes whenever the script does. */
  readonly key: string;
  readonly script: string;
  /** `recvTime` as a Date (TS013), or as ISO text. */
  readonly recvTime: 'date' | 'text';
}

export interface CodecAnswer {
  readonly result: Readonly<Record<string, unknown>>;
  /** What the codec printed. */
  readonly logs: readonly string[];
}

const PAGE_BYTES = 64 * 2 ** 10;
/** Node's types know WebAssembly only beside those of browsers. */
const world = globalThis as unknown as {
  readonly WebAssembly: { readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory };
};
const MIN_HOLE_BYTES = 2 ** 20;
/** Zeros before the stack that may be variables of the engine. */
const HOLE_MARGIN_BYTES = 256 * 1024;

/** What is needed of a `WebAssembly.Memory`. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Bytes of the memory but for the unused stack: below the hole, and above it. */
interface Image {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
}

/** One engine. Once `broken`, it must not be used again: make a new one. */
export class CodecSandbox {
  readonly #limits: SandboxLimits;
  readonly #context: QuickJSContext;
  readonly #memory: WasmMemory;
  readonly #entry: { readonly ready: QuickJSHandle; readonly run: QuickJSHandle };
  readonly #base: Image;
  readonly #holeEnd: number;
  readonly #images = new Map<string, Image>();
  #deadlineMs = Number.POSITIVE_INFINITY;
  #broken = false;

  private constructor(context: QuickJSContext, memory: WasmMemory, limits: SandboxLimits) {
    this.#limits = limits;
    this.#context = context;
    this.#memory = memory;
    context.runtime.setMaxStackSize(limits.stackBytes);
    context.runtime.setInterruptHandler(() => cpuMs() > this.#deadlineMs);
    context.unwrapResult(context.evalCode(bufferShim, 'openami.js', { type: 'global' }));
    const functions = context.unwrapResult(context.evalCode(prelude, 'openami.js', { type: 'global' }));
    this.#entry = { ready: context.getProp(functions, 'ready'), run: context.getProp(functions, 'run') };
    const bytes = new Uint8Array(memory.buffer);
    const [from, to] = largestHole(bytes, usedBytes(bytes));
    this.#holeEnd = to;
    this.#base = { low: bytes.slice(0, from), high: bytes.slice(to, usedBytes(bytes)) };
  }

  static async create(limits: Partial<SandboxLimits> = {}): Promise<CodecSandbox> {
    const all = { ...defaultSandboxLimits, ...limits };
    // its types say `default.default`, Node gives the variant itself
    const { default: release } = await import('@jitl/quickjs-wasmfile-release-sync');
    const pages = Math.ceil(all.memoryBytes / PAGE_BYTES);
    const wasmMemory = new world.WebAssembly.Memory({ initial: pages, maximum: pages });
    const module = await newQuickJSWASMModuleFromVariant(
      newVariant(release as unknown as QuickJSSyncVariant, { wasmMemory }),
    );
    return new CodecSandbox(module.newRuntime().newContext(), wasmMemory, all);
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Images kept, and their bytes. */
  get held(): { readonly images: number; readonly bytes: number } {
    const images = [...this.#images.values()];
    return {
      images: images.length,
      bytes: images.reduce((sum, { low, high }) => sum + low.length + high.length, 0),
    };
  }

  /** Runs the script and keeps what came of it. Throws CODEC_SYNTAX and the others of scripts. */
  load({ key, script }: CodecScript): void {
    const { scriptChars, loadMs, images, imageBytes } = this.#limits;
    if (script.length > scriptChars) {
      throw codecErrors.CODEC_INVALID(`the script has ${script.length} characters of at most ${scriptChars}`);
    }
    this.#restore(this.#base);
    // what payloads left above would be taken for the codec's
    new Uint8Array(this.#memory.buffer).fill(0, this.#holeEnd + this.#base.high.length);
    this.#within(loadMs, () => {
      const context = this.#context;
      const outcome = context.evalCode(script, 'codec.js', { type: 'global' });
      if (outcome.error) throw this.#engineError(outcome.error);
      const ready = context.callFunction(this.#entry.ready, context.undefined);
      if (ready.error) throw this.#engineError(ready.error);
    });
    const bytes = new Uint8Array(this.#memory.buffer);
    const base = this.#base;
    const image = {
      low: bytes.slice(0, base.low.length),
      high: bytes.slice(this.#holeEnd, usedBytes(bytes)),
    };
    remember(this.#images, key, image, images);
    while (this.#images.size > 1 && this.held.bytes > imageBytes) {
      this.#images.delete(this.#images.keys().next().value!);
    }
  }

  /** Calls a function of a codec; `input` is JSON. Throws errors of `codecErrors`. */
  run(codec: CodecScript, name: CodecFunction, input: string): CodecAnswer {
    let image = this.#images.get(codec.key);
    if (image === undefined) {
      this.load(codec);
      image = this.#images.get(codec.key)!;
    } else remember(this.#images, codec.key, image, this.#limits.images);
    this.#restore(image);
    const text = this.#within(this.#limits.callMs, () => {
      const context = this.#context;
      const args = [context.newString(name), context.newString(input)];
      const asDate = codec.recvTime === 'date' ? context.true : context.false;
      const outcome = context.callFunction(this.#entry.run, context.undefined, ...args, asDate);
      if (outcome.error) throw this.#engineError(outcome.error);
      return context.getString(outcome.value);
    });
    return parseResult(name, text);
  }

  #within<T>(timeMs: number, work: () => T): T {
    this.#deadlineMs = cpuMs() + timeMs;
    try {
      return work();
    } catch (error) {
      if (error instanceof Error && 'code' in error) throw error;
      // the engine itself gave up: the stack of WebAssembly or its memory ended before ours did
      this.#broken = true;
      if (error instanceof RangeError) throw codecErrors.CODEC_STACK_OVERFLOW();
      throw codecErrors.CODEC_OUT_OF_MEMORY(String(error).slice(0, 200));
    } finally {
      this.#deadlineMs = Number.POSITIVE_INFINITY;
    }
  }

  #restore({ low, high }: Image): void {
    const bytes = new Uint8Array(this.#memory.buffer);
    bytes.set(low);
    bytes.set(high, this.#holeEnd);
  }

  /** What the engine, or a script that is loaded, failed with. */
  #engineError(handle: QuickJSHandle): OpenAmiError {
    if (cpuMs() > this.#deadlineMs) return codecErrors.CODEC_TIMEOUT();
    const dumped: unknown = this.#context.dump(handle);
    // there was no memory left for an error, or is none for the text of it
    const isLost = dumped === null || (dumped === '' && this.#context.typeof(handle) === 'object');
    if (isLost) return codecErrors.CODEC_OUT_OF_MEMORY();
    const { name, message, stack } = (typeof dumped === 'object' && dumped !== null ? dumped : {}) as {
      readonly [key: string]: unknown;
    };
    const said = message === undefined ? String(dumped) : String(message);
    const [line] = /codec\.js:\d+(:\d+)?/.exec(String(stack)) ?? [];
    return thrownError(String(name ?? 'Error'), line === undefined ? said : `${said} (${line})`, true);
  }
}

/** Processor time of this process: a busy machine does not make a codec slow. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Where the memory ends that was written to, with room for alignment. */
function usedBytes(bytes: Uint8Array): number {
  let at = bytes.length;
  while (at > 0 && bytes[at - 1] === 0) at--;
  return Math.min(bytes.length, (at + 16) & ~15);
}

/** The part that only the stack may have: zeros for more than a megabyte. Empty where there is none. */
function largestHole(bytes: Uint8Array, end: number): [from: number, to: number] {
  let hole: [number, number] = [end, end];
  let start = 0;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === 0) continue;
    if (at - start > hole[1] - hole[0]) hole = [start, at];
    start = at + 1;
  }
  const [from, to] = hole;
  if (to - from < MIN_HOLE_BYTES) return [end, end];
  return [from + HOLE_MARGIN_BYTES, to & ~15];
}

/** What every benchmark takes and gives. */
export interface BenchOptions {
  /** Size of the run in readings; each benchmark has its own default. */
  readonly rows?: number;
  /** One part of a benchmark that has several; default: all. */
  readonly part?: string;
  /** How often each question is put, where a benchmark asks. */
  readonly queries?: number;
  /** Length of a timed run where a benchmark has one. */
  readonly seconds?: number;
  /** Directory with the real meter data (`electricity/...`); sets that are absent are left out. */
  readonly dataDir?: string;
  /** One line a step; default: standard error. */
  readonly progress?: (line: string) => void;
}

/** Figures by name; printed as JSON. */
export type BenchResult = Readonly<Record<string, unknown>>;

/** Progress goes to standard error, so that standard output stays JSON. */
export function progressOf(options: BenchOptions): (line: string) => void {
  return options.progress ?? ((line) => process.stderr.write(`${line}\n`));
}

export const silentLog = { info: () => {}, warn: () => {}, error: () => {} };

/** Says what goes wrong, and nothing else. */
export const faultLog = {
  info: () => undefined,
  warn: (data: object, message: string) => console.error(message, data),
  error: (data: object, message: string) => console.error(message, data),
};

export const systemTime = { nowMs: () => Date.now() };

/**
 * The error family. Every failure says whose fault it is, carries a stable code that documents and
 * programs can rely on, and tells the reader what to do next.
 */
export type Fault = 'ours' | 'caller' | 'peer' | 'timeout' | 'closed';

export interface ErrorSpec {
  readonly fault: Fault;
  /** HTTP status when it reaches an API caller. */
  readonly status: number;
  /** One sentence: what is wrong. */
  readonly title: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
  /** The detail is the text of an engine, which may hold SQL and addresses: for the log, not for callers. */
  readonly detailForLog?: true;
}

/** An error with a stable code; `detail` is about this occurrence, `data` is for machines. */
export class OpenAmiError extends Error {
  override readonly name = 'OpenAmiError';
  readonly code: string;
  readonly fault: Fault;
  readonly status: number;
  readonly hint: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    spec: ErrorSpec,
    detail?: string,
    data: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(detail ?? spec.title, cause === undefined ? undefined : { cause });
    this.code = code;
    this.fault = spec.fault;
    this.status = spec.status;
    this.hint = spec.hint;
    this.data = data;
  }
}

/** What is wrong as a sentence: the title of the error with what it says of this occurrence. */
export function sentenceOf({ code, message }: OpenAmiError): string {
  const title = errorCatalogue.get(code)?.title ?? message;
  return message === title ? title : `${title.replace(/\.$/, '')} (${message}).`;
}

export type ErrorFactory = (detail?: string, data?: Record<string, unknown>, cause?: unknown) => OpenAmiError;

/** Every error declared through `defineErrors`, for the error reference. */
export const errorCatalogue: Map<string, ErrorSpec> = new Map();

/**
 * Declares a group of errors and returns one factory a code:
 * `throw storeErrors.QUEUE_FULL('12 batches wait')`.
 */
export function defineErrors<const T extends Record<string, ErrorSpec>>(
  specs: T,
): { readonly [K in keyof T]: ErrorFactory } {
  const factories: Record<string, ErrorFactory> = {};
  for (const [code, spec] of Object.entries(specs)) {
    if (errorCatalogue.has(code)) throw new Error(`error code ${code} is declared twice`);
    errorCatalogue.set(code, spec);
    factories[code] = (detail, data, cause) => new OpenAmiError(code, spec, detail, data, cause);
  }
  return factories as { readonly [K in keyof T]: ErrorFactory };
}

/** Errors of the engine as ClickHouse's HTTP interface shows them: a code, a line of text, a status. */

/** A refusal or failure with ClickHouse's numeric code and name. */
export class EngineFailure extends Error {
  readonly exceptionCode: number;
  readonly status: number;

  constructor(exceptionCode: number, name: string, detail: string, status = statusOf(exceptionCode)) {
    super(`Code: ${exceptionCode}. DB::Exception: ${detail}. (${name})`);
    this.exceptionCode = exceptionCode;
    this.status = status;
  }
}

export const failures = {
  tooManyQueries: (limit: number) =>
    new EngineFailure(
      202,
      'TOO_MANY_SIMULTANEOUS_QUERIES',
      `${limit} queries wait already; try again later`,
      503,
    ),
  noSpace: (detail: string) => new EngineFailure(243, 'NOT_ENOUGH_SPACE', detail, 507),
  tooLarge: (limitBytes: number) =>
    new EngineFailure(307, 'TOO_MANY_BYTES', `The body is larger than ${limitBytes} bytes`, 413),
  authentication: () =>
    new EngineFailure(516, 'AUTHENTICATION_FAILED', 'Authentication failed: wrong user or password', 403),
  readonly: () =>
    new EngineFailure(164, 'READONLY', 'Cannot execute query in readonly mode: send it with POST', 403),
  notImplemented: (what: string) => new EngineFailure(48, 'NOT_IMPLEMENTED', what, 501),
  unsetParameter: (name: string) =>
    new EngineFailure(456, 'UNKNOWN_QUERY_PARAMETER', `Substitution \`${name}\` is not set`, 400),
  badBody: (detail: string) =>
    new EngineFailure(354, 'ZLIB_INFLATE_FAILED', `The body cannot be decompressed: ${detail}`, 400),
  severalStatements: () =>
    new EngineFailure(62, 'SYNTAX_ERROR', 'Multi-statements are not allowed: send one a request', 400),
  badRequest: (detail: string) => new EngineFailure(36, 'BAD_ARGUMENTS', detail, 400),
  closing: () => new EngineFailure(236, 'ABORTED', 'The engine is shutting down', 503),
  slowReader: () => new EngineFailure(209, 'SOCKET_TIMEOUT', 'The client does not read its result', 500),
} as const;

/** Turns anything thrown into a failure; keeps the engine's own code and text. */
export function asFailure(error: unknown): EngineFailure {
  if (error instanceof EngineFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if ((error as { code?: unknown })?.code === 'ENOSPC') return failures.noSpace('No space left on device');
  const code = Number(/Code: (\d+)\./.exec(message)?.[1] ?? 1002);
  const failure = new EngineFailure(code, 'UNKNOWN_EXCEPTION', message);
  if (message.startsWith('Code: ')) failure.message = message;
  return failure;
}

const notFound = new Set([16, 46, 47, 60, 81]);
const badRequest = new Set([
  6, 26, 27, 36, 38, 41, 43, 53, 62, 72, 73, 115, 117, 130, 170, 349, 386, 456, 457,
]);

function statusOf(code: number): number {
  if (notFound.has(code)) return 404;
  if (badRequest.has(code)) return 400;
  if (code === 243) return 507;
  return 500;
}

/** RFC 9457 problem details from any error. Nothing of ours leaks: unknown errors say only the id. */

import type { Socket } from 'node:net';
import { type IngestReceipt, ingestErrors } from '@openami/headend';
import { errorCatalogue, OpenAmiError } from '@openami/model';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import { showReceipt } from '../services/receipt.ts';

/** Turns what Fastify and its plugins throw into our errors; others become INTERNAL. */
export function toOpenAmiError(error: unknown): OpenAmiError {
  if (error instanceof OpenAmiError) return error;
  const { code, statusCode, message, validation } = error as Partial<FastifyError>;
  if (validation) return serverErrors.VALIDATION_FAILED(message);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || statusCode === 413)
    return ingestErrors.BODY_TOO_LARGE(message);
  if (statusCode === 429) return serverErrors.TOO_MANY_REQUESTS(message);
  if (statusCode === 404) return serverErrors.ADDRESS_UNKNOWN(message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return serverErrors.REQUEST_REFUSED(message, { statusCode });
  }
  return internal(error);
}

const internalSpec = {
  fault: 'ours',
  status: 500,
  title: 'Something went wrong in the server',
  hint: 'Try again; if it stays, look for the request id in the log.',
} as const;
errorCatalogue.set('INTERNAL', internalSpec);

function internal(cause: unknown): OpenAmiError {
  return new OpenAmiError('INTERNAL', internalSpec, internalSpec.title, {}, cause);
}

/** What callers are told of this occurrence: an engine's own text stays in the log. */
function shownDetail({ code, message }: OpenAmiError): string {
  const spec = errorCatalogue.get(code);
  return spec?.detailForLog ? spec.title : message;
}

/** What a job keeps of why it failed. */
export function faultOf(cause: unknown): Pick<Problem, 'code' | 'detail' | 'hint'> {
  const error = toOpenAmiError(cause);
  return { code: error.code, detail: shownDetail(error), hint: error.hint };
}

/** The problem document of an error. */
export function problemOf(error: OpenAmiError, requestId?: string): Problem {
  const spec = errorCatalogue.get(error.code);
  const errors = error.data.errors as Problem['errors'];
  const receipt = error.data.receipt as IngestReceipt | undefined;
  return {
    type: `urn:openami:error:${error.code}`,
    title: spec?.title ?? error.message,
    status: httpStatus(error),
    detail: shownDetail(error),
    code: error.code,
    hint: error.hint,
    ...(requestId ? { requestId } : {}),
    ...(errors ? { errors } : {}),
    ...(receipt ? { receipt: showReceipt(receipt) } : {}),
  };
}

function httpStatus(error: OpenAmiError): number {
  const given = error.code === 'REQUEST_REFUSED' ? error.data.statusCode : undefined;
  return typeof given === 'number' ? given : error.status;
}

/** Fields that failed validation, as `errors` of the problem. */
function fieldErrors(error: Partial<FastifyError>): { path: string; message: string }[] | undefined {
  return error.validation?.slice(0, 20).map((fault) => ({
    path: `${error.validationContext ?? 'body'}${fault.instancePath}`,
    message: fault.message ?? 'is wrong',
  }));
}

/** Fastify's error handler. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = toOpenAmiError(error);
  if (known.status === 503) request.log.warn({ code: known.code }, known.message);
  else if (known.status >= 500) {
    request.log.error({ err: known.cause ?? known, code: known.code }, known.message);
  }
  const problem = problemOf(known, String(request.id));
  const errors = fieldErrors(error as Partial<FastifyError>);
  if (errors) problem.errors = errors;
  if (known.status === 503) reply.header('retry-after', '2');
  if (known.status === 401) reply.header('www-authenticate', 'Bearer realm="openami"');
  // A serializer of the route would cut the problem down to the shape of its answer.
  reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem);
}

/** Fastify's handler for what is no HTTP request, or has too long a head: the answer ends the connection. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [statusCode, reason] = headFaults[error.code ?? ''] ?? [400, 'Bad Request'];
  const problem = problemOf(
    serverErrors.REQUEST_REFUSED(`${reason}: ${error.code ?? 'broken'}`, { statusCode }),
  );
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${statusCode} ${reason}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const headFaults: Readonly<Record<string, readonly [status: number, reason: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

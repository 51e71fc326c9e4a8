/** Logs: pino, JSON lines on stderr. Keys, cookies, tokens and query texts never get there. */
import pino, { type Logger } from 'pino';

/** Creates the logger; `pretty` for a terminal. */
export function createLog(level: string, pretty = false): Logger {
  const options = {
    level,
    redact: {
      paths: [
        'password',
        '*.password',
        'secret',
        '*.secret',
        'token',
        '*.token',
        'headers.authorization',
        'headers.cookie',
        'req.headers',
      ],
      censor: '(hidden)',
    },
    serializers: {
      req: (request: { method?: string; url?: string; id?: string }) => ({
        id: request.id,
        method: request.method,
        // what people search for is personal: the query stays out
        path: request.url?.split('?')[0],
      }),
      err: pino.stdSerializers.err,
    },
  };
  if (!pretty) return pino(options, pino.destination({ dest: 2, sync: false }));
  return pino({
    ...options,
    transport: {
      target: 'pino-pretty',
      options: { destination: 2, ignore: 'pid,hostname', singleLine: true },
    },
  });
}
export type { Logger };

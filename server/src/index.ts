/** The program as a library: configuration, composition, app. */
export { buildApp } from './app.ts';
export * from './compose.ts';
export * from './config.ts';
export type { AppContext, Check } from './context.ts';
export { serverErrors } from './errors.ts';
export { createLog, type Logger } from './log.ts';

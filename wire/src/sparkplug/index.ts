export * from './decode-line.ts';
export * from './errors.ts';
export * from './host.ts';
export * from './payload.ts';
export * from './properties.ts';
export * from './push.ts';
export * from './topic.ts';

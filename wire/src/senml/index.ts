export * from '../decimal.ts';
export * from './decode-line.ts';
export * from './encode.ts';
export * from './errors.ts';
export * from './pack.ts';
export * from './push.ts';
export * from './resolve.ts';
export * from './units.ts';

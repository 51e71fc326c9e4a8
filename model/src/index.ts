export * from './access.ts';
export * from './batch.ts';
export * from './channel.ts';
export * from './commodity.ts';
export * from './errors.ts';
export * from './evidence.ts';
export * from './quality.ts';

export * from './facts.ts';
export * from './series.ts';

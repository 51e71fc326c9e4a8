export * from './clock-grid.ts';
export * from './estimate/contract.ts';
export * from './estimate/gap.ts';
export * from './estimate/ladder.ts';
export { methods as estimateMethods } from './estimate/method-list.ts';
export * from './facts.ts';
export * from './registers/track.ts';
export * from './series.ts';

export * from './check.ts';
export * from './compile.ts';
export * from './errors.ts';
export * from './model.ts';
export * from './model-set.ts';
export * from './new-model.ts';
export * from './push.ts';
export * from './test-model.ts';

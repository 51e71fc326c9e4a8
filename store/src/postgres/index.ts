export * from './collection-store.ts';
export * from './command-store.ts';
export { registryErrors } from './errors.ts';
export * from './key-store.ts';
export { type Kind, type KindRow, kinds, type RegistryKind, registryKinds } from './kinds.ts';
export { openRegistryStore } from './open.ts';
export { translate as translateRegistryError } from './repositories/base.ts';
export * from './store.ts';
export * from './types.ts';

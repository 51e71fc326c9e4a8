/** Modules that run as processes of their own, beside the module that starts them. */

interface ChildModule {
  /** A file URL. */
  readonly url: string;
  /** What Node needs to run it. */
  readonly execArgv: readonly string[];
}

const sourceLoader = ['--import', 'tsx', '--conditions=@openami/source'];
/** Processes of tests live for seconds: optimising WebAssembly costs them twice what it gives. */
const shortLived = ['--liftoff-only'];
const { process } = globalThis as { process?: { env: Readonly<Record<string, string | undefined>> } };

/**
 * Where the module `name` beside `starter` (its `import.meta.url`) is: as source where sources run, as built
 * elsewhere. `RUN_BUILT_CHILDREN=1` says that what is built is up to date; it starts in half the time.
 */
export function childModule(
  starter: string,
  name: string,
  isBuilt = process?.env.RUN_BUILT_CHILDREN === '1',
): ChildModule {
  const folder = starter.slice(0, starter.lastIndexOf('/') + 1);
  if (!starter.endsWith('.ts')) return { url: `${folder}${name}.js`, execArgv: [] };
  const source = folder.lastIndexOf('/src/');
  if (!isBuilt || source === -1) return { url: `${folder}${name}.ts`, execArgv: sourceLoader };
  const built = `${folder.slice(0, source)}/dist/${folder.slice(source + '/src/'.length)}`;
  return { url: `${built}${name}.js`, execArgv: shortLived };
}

/**
 * The identity library speaks to the registry's database in its own ways, and tells of an engine that went
 * away in as many: here every one of them becomes the registry's own error, which callers know how to await.
 */
import { OpenAmiError } from '@openami/model';
import { type RegistryStore, registryErrors, translateRegistryError } from '@openami/store';

type Registry = Pick<RegistryStore, 'engine' | 'ping'>;

/** Runs work of the library; throws REGISTRY_UNAVAILABLE where the engine failed it. */
export async function overRegistry<T>({ engine, ping }: Registry, work: () => Promise<T>): Promise<T> {
  const before = engine.restarts;
  try {
    return await work();
  } catch (error) {
    // the library wraps what its database said in an error of its own
    for (let fault: unknown = error; fault instanceof Error; fault = fault.cause) {
      const known = translateRegistryError(fault);
      if (known instanceof OpenAmiError) throw known;
    }
    const gone = engine.restarts !== before || engine.state !== 'ready' || !(await ping());
    throw gone ? registryErrors.REGISTRY_UNAVAILABLE(undefined, {}, error) : error;
  }
}

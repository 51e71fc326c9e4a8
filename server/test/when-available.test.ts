import { registryErrors } from '@openami/store';
import { expect, it } from 'vitest';
import { whenAvailable } from '../src/services/when-available.ts';

/** A step that fails so many times with an error, and what came of it. */
const tried = async (failures: number, error: () => Error) => {
  let taken = 0;
  const result = await whenAvailable(async () => {
    if (taken++ < failures) throw error();
    return 'done';
  }, 0).catch((thrown: Error) => thrown);
  return { taken, result };
};

it('takes a step again while the registry does not answer, and not without end', async () => {
  const busy = () => registryErrors.REGISTRY_UNAVAILABLE('too long');
  expect(await tried(9, busy)).toEqual({ taken: 10, result: 'done' });
  expect(await tried(10, busy)).toMatchObject({ taken: 10, result: { code: 'REGISTRY_UNAVAILABLE' } });
  const wrong = () => registryErrors.NOT_FOUND('x');
  expect(await tried(1, wrong)).toMatchObject({ taken: 1, result: { code: 'NOT_FOUND' } });
});

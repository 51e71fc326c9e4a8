import { afterAll, describe, expect, it } from 'vitest';
import { defineErrors, errorCatalogue, modelErrors, OpenAmiError } from '../src/index.ts';

const testErrors = defineErrors({
  TEST_FULL: { fault: 'ours', status: 503, title: 'It is full.', hint: 'Wait.' },
});

// other tests in this process look at the catalogue
afterAll(() => errorCatalogue.delete('TEST_FULL'));

describe('defineErrors', () => {
  it('makes errors that carry code, fault, status, hint and data', () => {
    const cause = new Error('disk');
    const error = testErrors.TEST_FULL('12 wait', { waiting: 12 }, cause);
    expect(error).toBeInstanceOf(OpenAmiError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'OpenAmiError',
      code: 'TEST_FULL',
      fault: 'ours',
      status: 503,
      hint: 'Wait.',
      message: '12 wait',
      data: { waiting: 12 },
    });
    expect(error.cause).toBe(cause);
  });

  it('says the title when nothing else is said', () => {
    const error = testErrors.TEST_FULL();
    expect(error.message).toBe('It is full.');
    expect(error.data).toEqual({});
    expect('cause' in error).toBe(false);
  });

  it('lists what it declares in the catalogue', () => {
    expect(errorCatalogue.get('TEST_FULL')?.title).toBe('It is full.');
  });
});

describe('errors of the model', () => {
  it('are all in the catalogue, with a stable code, a title and what to do', () => {
    for (const code of Object.keys(modelErrors)) {
      const spec = errorCatalogue.get(code)!;
      expect(code).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(spec.title).toMatch(/\.$/);
      expect(spec.hint).toMatch(/\.$/);
      expect(spec.status).toBeGreaterThanOrEqual(400);
    }
  });
});

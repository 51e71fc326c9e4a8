import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyFileMapping } from '../src/key-mapping.ts';

const invalid = expect.objectContaining({ code: 'CSV_MAPPING_INVALID' });

describe('mapping of key files', () => {
  it('takes what is right, without the words for people', () => {
    const mapping = {
      ...{ format: 'xml', record: ['Meter', 'Device'], encoding: 'base64', secretsEncoded: true, suite: 2 },
      ...{ wrapped: ['guek', 'gak'], fields: { serial: '@id', guek: ['Keys/EK', 'EK'], sign_meter: 'Cert' } },
    };
    expect(parseKeyFileMapping({ ...mapping, name: 'Acme', comment: 'delivery of 2026' })).toEqual(mapping);
    expect(parseKeyFileMapping({ format: 'csv' })).toEqual({ format: 'csv' });
  });

  it.each([
    [undefined, 'no JSON object'],
    [[], 'no JSON object'],
    [{}, '`format`'],
    [{ format: 'csv', record: 'a' }, 'XML only'],
    [{ format: 'csv', fields: { guek: 'EK' } }, 'which meter'],
    [{ format: 'csv', fields: { serial: 'a', colour: 'b' } }, '"colour" is none of'],
    [{ format: 'csv', fields: { serial: '' } }, '`serial`'],
    [{ format: 'csv', fields: { serial: [] } }, '`serial`'],
    [{ format: 'csv', encoding: 'text' }, '`encoding`'],
    [{ format: 'csv', wrapped: 1 }, '`wrapped`'],
    [{ format: 'csv', suite: 3 }, '`suite`'],
    [{ format: 'csv', delimiter: '' }, '`delimiter`'],
    [{ format: 'csv', wraped: true }, '"wraped" is none of'],
    [{ format: 'csv', fields: { serial: Array.from({ length: 1001 }, String) } }, '1000'],
  ])('refuses %j', (json, why) => {
    expect(() => parseKeyFileMapping(json)).toThrow(invalid);
    expect(() => parseKeyFileMapping(json)).toThrow(why);
  });

  it('refuses or takes any JSON, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        try {
          parseKeyFileMapping(json);
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
    );
  });
});

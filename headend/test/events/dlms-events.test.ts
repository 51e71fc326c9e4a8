import { eventName } from '@openami/model';
import { describe, expect, it } from 'vitest';
import { dlmsEventLogs, dlmsLogOf, mapDlmsEvent } from '../../src/index.ts';

describe('DLMS event logs', () => {
  it.each([
    ['standard', 1, '3.26.0.85', 'critical'],
    ['standard', 2, '3.26.0.216', 'info'],
    ['standard', 8, '3.2.0.150', 'warning'],
    ['fraud', 40, '3.12.29.212', 'warning'],
    ['fraud', 42, '3.12.66.257', 'warning'],
    ['fraud', 50, '3.12.32.257', 'critical'],
    ['disconnector', 62, '3.31.0.68', 'info'],
    ['disconnector', 63, '3.31.0.42', 'info'],
    ['disconnector', 68, '3.31.0.84', 'warning'],
    ['power-quality', 82, '3.26.131.47', 'critical'],
    ['power-quality', 85, '3.26.131.37', 'info'],
    ['mbus', 113, '3.12.0.257', 'warning'],
    ['mbus', 172, '3.31.0.68', 'info'],
  ] as const)('%s %d is %s, %s', (log, number, code, severity) => {
    expect(mapDlmsEvent(log, number)).toMatchObject({ code, severity });
  });

  it('has words for every code it maps to', () => {
    for (const [log, table] of Object.entries(dlmsEventLogs)) {
      for (const number of Object.keys(table)) {
        const { code, detail } = mapDlmsEvent(log as 'fraud', Number(number));
        expect(eventName(code), `${log} ${number}`).not.toBe(code);
        expect(detail).toContain(`${log} log, ${number}`);
      }
    }
  });

  it('keeps what it does not know, and takes the word of the model first', () => {
    expect(mapDlmsEvent('fraud', 4711)).toEqual({
      ...{ code: '3.17.0.24', severity: 'info', detail: 'unknown (fraud log, 4711)' },
    });
    const own = { 40: { code: '12.0.263', words: 'tilted' } };
    expect(mapDlmsEvent('fraud', 40, 'gas', own)).toMatchObject({ code: '4.12.0.263' });
    expect(mapDlmsEvent('fraud', 41, 'water', own)).toMatchObject({ code: '24.12.29.37' });
  });

  it('knows a log by its name', () => {
    expect(dlmsLogOf('0.0.99.98.1.255')).toBe('fraud');
    expect(dlmsLogOf('0.0.96.11.4.255')).toBe('power-quality');
    expect(dlmsLogOf('1.0.99.1.0.255')).toBeUndefined();
  });
});

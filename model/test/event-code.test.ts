import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventName, eventSeverity, isLastGasp } from '../src/index.ts';

describe('end-device events', () => {
  it.each([
    ['3.26.0.85', 'Power failed (last gasp)', 'critical'],
    ['3.26.0.216', 'Power restored', 'info'],
    ['3.26.38.223', 'Power voltage sag started', 'info'],
    ['3.12.29.39', 'Cover opened', 'warning'],
    ['3.36.114.24', 'Clock changed', 'info'],
    ['3.36.114.40', 'Clock time out of range', 'warning'],
    ['3.31.0.42', 'Service connected', 'info'],
    ['3.31.0.68', 'Service disconnected', 'info'],
    ['3.11.0.85', 'Firmware failed', 'warning'],
    ['24.2.0.150', 'Battery min limit reached', 'warning'],
    ['3.26.0.185', 'Power failed (last gasp)', 'critical'],
    ['3.26.133.47', 'Voltage missing on phase C', 'critical'],
    ['3.26.133.37', 'Power phase C voltage normal', 'info'],
    ['3.12.29.37', 'Cover closed', 'info'],
    ['3.12.32.257', 'Replay of a message detected', 'critical'],
    ['3.15.139.139', 'Supply limit exceeded', 'warning'],
    ['3.999.0.85', '3.999.0.85', 'warning'],
    ['boom', 'boom', 'info'],
  ])('%s is "%s", %s', (code, name, severity) => {
    expect(eventName(code)).toBe(name);
    expect(eventSeverity(code)).toBe(severity);
  });

  it('knows a last gasp by each code that is in use for it', () => {
    expect(['3.26.0.85', '3.26.0.185', '5.26.0.85', '26.26.0.85'].every(isLastGasp)).toBe(true);
    expect(['3.26.0.216', '3.31.0.85', ''].some(isLastGasp)).toBe(false);
  });

  it('has a name for any text', () => {
    fc.assert(fc.property(fc.string(), (code) => eventName(code) === code || eventName(code).length > 0));
  });
});

/** A simulated meter of IEC 62056-21 and what it holds. */
import {
  type DataSet,
  encodeIecMessage,
  findIdentification,
  type IecMeterModel,
  type IecRecord,
  profileRecords,
} from '../../src/iec62056-21/index.ts';
import { one } from './data-sets.ts';

export const identification = findIdentification('/OAM5\\2SIM21')!;

export const readout: readonly IecRecord[] = [
  one('0.0.0', '00012345'),
  one('0.9.1', '111500'),
  one('0.9.2', '260303'),
  one('1.8.0', '001234.567', 'kWh'),
  one('1.8.0*01', '001200.000', 'kWh'),
  { address: '1.6.0', values: [{ value: '00.512', unit: 'kW' }, { value: '2603011215' }] },
  one('2.8.0', '000001.5'),
  one('F.F', '00'),
  one('C.1.0', '00012345'),
];

const quarterHours = {
  intervalS: 900,
  channels: [
    { address: '1.5', unit: 'kW', sentUnit: 'kW' },
    { address: '2.5.0', unit: 'kW', sentUnit: 'kW' },
  ],
};

/** Two parts: power failed at 0:40. */
export const profile: readonly IecRecord[] = [
  ...profileRecords('P.01', '0260303001500', 0, {
    ...quarterHours,
    rows: [
      ['0.512', '0.000'],
      ['0.498', '0.001'],
    ],
  }),
  ...profileRecords('P.01', '0260303010000', 0xc0, {
    ...quarterHours,
    rows: [
      ['0.100', '-----'],
      ['0.200', '0.003'],
    ],
  }),
];

export interface SimulatedMeter extends IecMeterModel {
  readonly written: DataSet[];
}

export function simulatedMeter(more: Partial<IecMeterModel> = {}): SimulatedMeter {
  const written: DataSet[] = [];
  return {
    identification,
    address: '00012345',
    readout: () => readout,
    operand: 'A1B2',
    password: (level, text) => level === 1 && text === '00000000',
    read: (address, argument) => {
      if (address === 'P.01') return argument === ';' ? profile : [];
      const found = readout.filter((record) => record.address === address);
      return found.length === 0 ? undefined : found;
    },
    write: (set) => set.address === '0.9.1' && written.push(set) > 0,
    execute: (set) => set.address === 'reset',
    written,
    ...more,
  };
}

export const readoutBytes = encodeIecMessage({
  kind: 'data',
  records: readout,
  isReadout: true,
  isLast: true,
});
export const profileBytes = encodeIecMessage({
  kind: 'data',
  records: profile,
  isReadout: false,
  isLast: true,
});
export const pushBytes = encodeIecMessage({ kind: 'push', identification, records: readout, trailer: '' });

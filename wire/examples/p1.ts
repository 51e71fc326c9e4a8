/**
 * A telegram of a customer port to readings, with the gas meter behind it.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/p1.ts
 */
import { decimalText, encodeP1, meaningOfP1, P1Stream, p1HexText } from '@openami/wire/p1';

const bytes = encodeP1({
  identification: { maker: 'OAM', baudCode: '5', text: '\\2SIM-1' },
  records: [
    { address: '1-3:0.2.8', values: [{ value: '50' }] },
    { address: '0-0:1.0.0', values: [{ value: '260303111500W' }] },
    { address: '1-0:1.8.1', values: [{ value: '001234.567', unit: 'kWh' }] },
    { address: '0-1:24.1.0', values: [{ value: '003' }] },
    { address: '0-1:96.1.0', values: [{ value: p1HexText('G0099000765432126') }] },
    { address: '0-1:24.2.1', values: [{ value: '260303110000W' }, { value: '00321.500', unit: 'm3' }] },
  ],
});

const stream = new P1Stream();
for (const { frame, error } of stream.push(bytes)) {
  if (error !== undefined) console.log(error.code);
  else {
    const { time, readings, mbus } = meaningOfP1(frame);
    for (const { obis, value, unit } of readings) console.log(time?.local, obis, decimalText(value), unit);
    for (const { id, readings: own } of mbus) {
      for (const { value, unit } of own) console.log(id, decimalText(value), unit);
    }
  }
}

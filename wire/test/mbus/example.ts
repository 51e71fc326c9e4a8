/** What the README shows, as it stands there. */
import { decodeWmbus, exactOf, mbusKey, textOfTime, valuesOf } from '@openami/wire/mbus';
import { key as meterKey, keyBytes as secret, waterTelegram } from './made.ts';

const bytes = waterTelegram({ security: { mode: 5, key: meterKey } });

// example
const key = mbusKey(secret);
const telegram = decodeWmbus(bytes, { keyFor: (meter) => (meter.id === '26000417' ? key : undefined) });
for (const record of telegram.records) {
  console.log(record.head.quantity, exactOf(record) ?? textOfTime(record.time!), record.head.unit);
}
console.log(valuesOf(telegram).target_date);

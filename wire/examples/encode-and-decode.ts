/**
 * A request for rows of a profile to bytes, and bytes of an answer to columns: no client, no link.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/encode-and-decode.ts
 */
import {
  bytesOfHex,
  clockObject,
  dateTimeOf,
  decodeApdu,
  decodeProfile,
  encodeApdu,
  selectByRange,
} from '@openami/wire/dlms';

const time = (utcS: number) => ({ type: 'octet-string', value: dateTimeOf(utcS, 60) }) as const;
const request = encodeApdu({
  service: 'get-request',
  kind: 'normal',
  invoke: 0xc1,
  attribute: { classId: 7, instance: '1.0.99.1.0.255', attribute: 2 },
  selection: selectByRange(time(1_764_975_600), time(1_764_976_500)),
});
console.log(request.length, 'bytes');

// two rows; of the second, the time is left out
const hex = 'c401c1000102 0202 090c07e90c060600000000ffc400 06000003e8 0202 00 06000003f2';
const answer = decodeApdu(bytesOfHex(hex)!);
if (answer.service === 'get-response' && answer.kind === 'normal' && answer.result.kind === 'data') {
  const objects = [clockObject, { classId: 3, instance: '1.0.1.8.0.255', attribute: 2, dataIndex: 0 }];
  const { timeS, columns } = decodeProfile(answer.result.value, objects, { capturePeriodS: 900 });
  console.log(timeS, columns[1]!.raw);
}

/**
 * Files of an SML meter out of what its optical port sends.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/sml.ts
 */
import { decimalText, encodeSmlFile, readingsOfSml, SmlStream, serverIdOf } from '@openami/wire/sml';

const serverId = serverIdOf('1OAM0012345678')!;
const bytes = encodeSmlFile([
  {
    transactionId: Uint8Array.of(1),
    groupNo: 0,
    abortOnError: 0,
    body: {
      type: 'get-list-response',
      serverId,
      entries: [
        {
          objName: Uint8Array.of(1, 0, 1, 8, 0, 255),
          unit: 30,
          scaler: -1,
          value: { type: 'unsigned', value: 123_456_789, bytes: 4 },
        },
      ],
    },
  },
]);

const stream = new SmlStream();
for (const { frame, error } of stream.push(bytes)) {
  if (error !== undefined) console.log(error.code);
  else {
    for (const { server, readings } of readingsOfSml(frame)) {
      for (const { obis, value, unit } of readings) {
        if (value !== undefined) console.log(server.text, obis, decimalText(value), unit);
      }
    }
  }
}

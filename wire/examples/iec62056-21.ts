/**
 * The readout of a meter, both ends without a line between them.
 *
 *   node --import tsx --conditions=@openami/source wire/examples/iec62056-21.ts
 */
import { findIdentification, IecClient, IecMeter } from '@openami/wire/iec62056-21';

const meter = new IecMeter({
  identification: findIdentification('/OAM5SIM21')!,
  readout: () => [
    { address: '0.0.0', values: [{ value: '00012345' }] },
    { address: '1.8.0', values: [{ value: '001234.567', unit: 'kWh' }] },
  ],
});

const client = new IecClient({ mode: 'readout' });
let { send } = client.start();
while (send.length > 0) {
  const answers = send.flatMap((bytes) => meter.receive(bytes).send);
  const steps = answers.map((bytes) => client.receive(bytes));
  send = steps.flatMap((step) => [...step.send]);
  for (const event of steps.flatMap(({ events }) => [...events])) {
    if (event.event === 'failed') console.log(event.error.code);
    if (event.event !== 'data') continue;
    for (const { address, values } of event.records)
      console.log(address, values[0]?.value, values[0]?.unit ?? '');
  }
}

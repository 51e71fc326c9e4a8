import { contentFormats, decodeLwm2m, lwm2mToPush } from '../../src/lwm2m/index.ts';

/** What the README shows. */
export function example(payload: Uint8Array): void {
  // the answer to a read of /3424/0, a water meter, in TLV
  const resources = decodeLwm2m(payload, { format: contentFormats.tlv, path: [3424, 0] });
  for (const { path, model } of resources) console.log(path.join('/'), model?.name);
  const message = lwm2mToPush(resources, { device: 'OA1000001', receivedS: 1774746000 });
  console.log(message.series[0]?.quantity, message.series[0]?.value[0]);
}

import { decodeSenml, resolveSenml, senmlToPush } from '../../src/senml/index.ts';

/** What the README shows. */
export function example(body: Uint8Array): void {
  const pack = decodeSenml(body); // JSON or CBOR, told by the first byte
  for (const { name, value } of resolveSenml(pack)) console.log(name, value?.type);
  const [message] = senmlToPush(pack, { receivedS: 1774746000 });
  console.log(message?.device, message?.series[0]?.quantity, message?.series[0]?.value[0]);
}

/** Models of meters and decoders of their makers' own content, and what damage to them begins with. */
import { decodeWmbus } from '../../src/mbus/index.ts';
import { decoders, throughDiehl } from '../../src/models/decoders/index.ts';
import { proprietaryInput } from '../../src/models/decoders/input.ts';
import { modelToPush } from '../../src/models/index.ts';
import type { Target } from '../fuzz/target.ts';
import { na1Key } from './decoders/made.ts';
import { samples } from './decoders/samples.ts';
import { loadModels } from './files.ts';

const everyModel = loadModels();

const ofMakers: readonly Target[] = Object.entries(decoders).map(([name, decoder]) => ({
  name,
  run(bytes, pick) {
    const telegram = throughDiehl(decodeWmbus(bytes, { partial: true, key: na1Key }));
    const key = pick(2) === 0 ? na1Key : undefined;
    decoder(proprietaryInput(telegram, { key, asSent: pick(2) === 0 }));
  },
}));

const byModel: Target = {
  name: 'values by models',
  run(bytes, pick) {
    const telegram = decodeWmbus(bytes, { partial: true, key: na1Key });
    const name = everyModel.names[pick(everyModel.names.length)]!;
    everyModel.valuesOf(telegram);
    const model = everyModel.named(name);
    modelToPush(telegram, model, { receivedS: 0, key: na1Key, asSent: pick(2) === 0 });
  },
};

export const modelTargets: readonly Target[] = [...ofMakers, byModel];

export function modelSeeds(): Uint8Array[] {
  return samples.map(({ telegram }) => telegram);
}

/**
 * Published codecs against the examples published with them. Neither is in this repository: the examples lie beside
 * it, the scripts in a folder that `OPENAMI_LORAWAN_CODECS` names, each under the path of its `codec`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type CodecDefinition,
  type CodecExample,
  CodecHost,
  failingExamples,
} from '../../src/lorawan/index.ts';

interface Vector extends CodecExample {
  readonly origin: 'ttn' | 'actility';
  readonly codec: string;
  readonly script: string;
  readonly n: number;
}

export interface CodecScore {
  readonly set: string;
  /** Examples whose script is there. */
  readonly total: number;
  readonly passed: number;
  /** Examples without a script. */
  readonly absent: number;
  readonly notes: readonly string[];
}

/** `root` is the folder of the LoRaWAN vectors, `scripts` the one of the codecs. */
export async function scoreCodecs(root: string, scripts: string): Promise<CodecScore> {
  const vectors = readFileSync(`${root}/metering-codec-examples.jsonl`, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector);
  const byScript = new Map<string, Vector[]>();
  for (const vector of vectors) {
    const path = join(dirname(vector.codec), vector.script);
    byScript.set(path, [...(byScript.get(path) ?? []), vector]);
  }
  const host = new CodecHost();
  const notes: string[] = [];
  let absent = 0;
  try {
    for (const [path, examples] of byScript) {
      const file = [join(scripts, path), join(scripts, examples[0]!.origin, path)].find(existsSync);
      if (file === undefined) {
        absent += examples.length;
        continue;
      }
      for (const { index, differences } of await failingExamples(codecOf(path, file, examples), host)) {
        const [first] = differences;
        notes.push(`${path} ${examples[index]!.fn} ${examples[index]!.n}: ${JSON.stringify(first)}`);
      }
    }
  } finally {
    host.close();
  }
  const total = vectors.length - absent;
  return { set: 'metering-codec-examples', total, passed: total - notes.length, absent, notes };
}

function codecOf(path: string, file: string, examples: readonly Vector[]): CodecDefinition {
  return {
    ...{ id: path, vendor: '', models: ['x'], fPorts: [], decoder: 'script', mapping: { series: [] } },
    script: readFileSync(file, 'utf8'),
    // the runtime of one catalogue gives a Date, that of the other the text of its examples
    recvTime: examples[0]!.origin === 'ttn' ? 'date' : 'text',
    examples,
  };
}

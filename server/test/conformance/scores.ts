/** Scores of recorded telegrams of every protocol. */
import { scoreCodecs } from '../../../headend/test/lorawan/conformance.ts';
import { scoreVectors as c12 } from '../../../wire/test/c12/conformance.ts';
import { scoreVectors as iec } from '../../../wire/test/iec62056-21/conformance.ts';
import { scoreVectors as lorawan } from '../../../wire/test/lorawan/conformance.ts';
import { scoreVectors as mbus } from '../../../wire/test/mbus/conformance.ts';
import { scoreVectors as models } from '../../../wire/test/models/conformance.ts';
import { scoreVectors as p1 } from '../../../wire/test/p1/conformance.ts';
import { scoreVectors as sml } from '../../../wire/test/sml/conformance.ts';
import type { Protocol, Score } from './page.ts';

/** `root` is the folder with the vectors of all protocols, `scripts` that of codecs where there is one. */
export async function scoreAll(root: string, scripts: string | undefined): Promise<Protocol[]> {
  return [
    { title: 'M-Bus', scores: mbus(`${root}/`) },
    { title: 'M-Bus with meter models', scores: models(`${root}/`) },
    { title: 'SML', scores: sml(root) },
    { title: 'P1', scores: p1(root) },
    { title: 'IEC 62056-21', scores: iec(root) },
    { title: 'ANSI C12.22', scores: c12(root) },
    {
      title: 'LoRaWAN',
      scores: [...lorawan(`${root}/lorawan`), ...(await codecs(`${root}/lorawan`, scripts))],
    },
  ];
}

async function codecs(root: string, scripts: string | undefined): Promise<Score[]> {
  if (scripts === undefined) return [];
  const { absent, ...score } = await scoreCodecs(root, scripts);
  const without =
    absent === 0 ? [] : [`${absent} examples whose script is not in the folder are not counted`];
  return [{ ...score, notes: [...score.notes, ...without] }];
}

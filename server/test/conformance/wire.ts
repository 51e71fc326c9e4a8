/** Scores recorded telegrams and writes the page: `wire.ts VECTORS OUTPUT`. */
import { writeFileSync } from 'node:fs';
import { pageOf } from './page.ts';
import { scoreAll } from './scores.ts';

const [, , root, output] = process.argv;
if (root === undefined || output === undefined) throw new Error('wire.ts VECTORS OUTPUT');
const protocols = await scoreAll(root, process.env.OPENAMI_LORAWAN_CODECS);
writeFileSync(output, pageOf(protocols));
for (const { title, scores } of protocols) {
  for (const { set, passed, total } of scores) console.log(`${title}: ${set}: ${passed} of ${total}`);
}

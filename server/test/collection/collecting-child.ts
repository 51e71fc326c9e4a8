/**
 * A server of its own that collects until it is killed, built or from its sources as `cliNode` says:
 * `collecting-child.ts <data folder> <ms its clock is ahead>`.
 */
import { childModule } from '@openami/model';
import { oneSessionASegment } from './limits.ts';

const moduleOf = (name: string) =>
  import(childModule(new URL(`../../src/${name}.ts`, import.meta.url).href, name).url);
const { startServer }: typeof import('../../src/compose.ts') = await moduleOf('compose');
const { loadConfig }: typeof import('../../src/config.ts') = await moduleOf('config');
const { createLog }: typeof import('../../src/log.ts') = await moduleOf('log');

const [dataDir, aheadMs] = process.argv.slice(2);
const env = { OPENAMI_DATA_DIR: dataDir!, OPENAMI_PORT: '0', OPENAMI_MQTT_PORT: '0' };
await startServer({
  // days are not closed meanwhile
  config: loadConfig({ ...env, OPENAMI_CLOSE_DELAY_MINUTES: '10080' }),
  log: createLog('error'),
  clock: { nowMs: () => Date.now() + Number(aheadMs) },
  collectLimits: oneSessionASegment,
});

/** A server of its own that collects until it is killed: `collecting-child.ts <data folder> <ms its clock is ahead>`. */
import { startServer } from '../helpers/start-server.ts';
import { oneSessionASegment } from './field.ts';

const [dataDir, aheadMs] = process.argv.slice(2);
await startServer({
  ...{ meters: 0, dataDir: dataDir! },
  clock: { nowMs: () => Date.now() + Number(aheadMs) },
  collectLimits: oneSessionASegment,
});

/** Rates known cases with `openami rate` and writes the page: `billing.ts TARIFFS STANDARDS OUTPUT`. */
import { writeFileSync } from 'node:fs';
import { billingPage } from './billing-page.ts';
import { allBillingValues } from './billing-values.ts';

const [, , tariffs, standards, output] = process.argv;
if (tariffs === undefined || standards === undefined || output === undefined)
  throw new Error('billing.ts TARIFFS STANDARDS OUTPUT');
const values = await allBillingValues(tariffs, standards);
const page = billingPage(values);
writeFileSync(output, page);
console.log(page);

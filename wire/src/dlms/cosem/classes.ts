/**
 * COSEM interface classes (IEC 62056-6-2, Blue Book clause 4) as data: attributes from index 2 (1 is always
 * the logical name) and methods from index 1, by class and version; a file a family.
 */
import { accessClasses } from './classes/access-classes.ts';
import type { ClassRow } from './classes/class-row.ts';
import { controlClasses } from './classes/control-classes.ts';
import { linkClasses } from './classes/link-classes.ts';
import { measurementClasses } from './classes/measurement-classes.ts';
import { paymentClasses } from './classes/payment-classes.ts';

const families = [measurementClasses, accessClasses, controlClasses, linkClasses, paymentClasses];

/** One row a class and version; versions of a class in order. 114 is not used by the standard. */
export const interfaceClasses: readonly ClassRow[] = families
  .flat()
  .toSorted((a, b) => a.id - b.id || a.version - b.version);

/** Errors of billing: a tariff, usage or request that cannot be rated as it is. */
import { defineErrors } from '@openami/model';

export const billingErrors = defineErrors({
  TARIFF_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The tariff cannot be used as it is written.',
    hint: 'Mend the places named in the message; docs/guides/tariffs.md shows what a tariff can say.',
  },
  TARIFF_NOT_IN_FORCE: {
    fault: 'caller',
    status: 422,
    title: 'No version of the tariff is in force for the whole of the period.',
    hint: 'Add a version that covers the dates named in the message, or bill a shorter period.',
  },
  TARIFF_FORMAT: {
    fault: 'caller',
    status: 422,
    title: 'The rate of another program cannot be read as a tariff.',
    hint: 'Mend the field named in the message, or write the tariff by hand (docs/guides/tariffs.md).',
  },
  URDB_RECORDS: {
    fault: 'caller',
    status: 422,
    title: 'The answer of the rate database does not hold exactly one rate that is meant.',
    hint: 'Name one by its label, or by its place, which counts from 0: the message lists them.',
  },
  BILLING_USAGE: {
    fault: 'caller',
    status: 422,
    title: 'The usage cannot be billed as it is given.',
    hint: 'Give whole counts on one regular grid a segment, in order and without overlap.',
  },
  BILLING_INPUT_MISSING: {
    fault: 'caller',
    status: 422,
    title: 'The tariff needs something that was not given.',
    hint: 'Give the price series, event windows or facts of the account that the message names.',
  },
  BILLING_PERIOD: {
    fault: 'caller',
    status: 422,
    title: 'The period cannot be billed.',
    hint: 'Give a period that ends after it starts and is not longer than 400 days.',
  },
  BILLING_STATE: {
    fault: 'ours',
    status: 500,
    title: 'What the bill before left cannot be read.',
    hint: 'Rate the account again from its first bill, or from one whose state is good.',
  },
  BILLING_RANGE: {
    fault: 'caller',
    status: 422,
    title: 'A quantity is too large to be counted exactly.',
    hint: 'Bill a shorter period, or give the usage in a coarser step.',
  },
  PREPAY_UNBALANCED: {
    fault: 'ours',
    status: 500,
    title: 'A posting of the prepay ledger does not add up to zero.',
    hint: 'Nothing was posted; report it with the number in the message.',
  },
  PREPAY_AMOUNT: {
    fault: 'caller',
    status: 422,
    title: 'The amount cannot be posted.',
    hint: 'Give an amount above zero in whole minor units, and for a refund no more than is left.',
  },
  PREPAY_POLICY: {
    fault: 'caller',
    status: 422,
    title: 'The prepay policy cannot be used as it is written.',
    hint: 'Mend the place named in the message; docs/guides/prepay.md shows a whole policy.',
  },
});

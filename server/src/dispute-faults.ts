/** Faults of disputes, and of what follows a bill, among `serverErrors`. */
export const disputeFaults = {
  BILL_ORDER: {
    fault: 'caller',
    status: 409,
    title: 'An earlier bill of the agreement is to be made anew first',
    hint: 'Make the bills anew in the order of their cycles: each starts from what the one before it leaves.',
  },
  BUDGET_AMOUNT: {
    fault: 'caller',
    status: 422,
    title: 'No even amount can be worked out of the bills so far',
    hint: 'Give amount and currency: the agreement has no issued bills that come to more than nothing.',
  },
  DEPOSIT_TERMS: {
    fault: 'caller',
    status: 422,
    title: 'The deposit does not fit the account',
    hint: 'Use the currency of its tariff, a day of its agreement, and the interest of the contract.',
  },
  DISPUTE_AMOUNT: {
    fault: 'caller',
    status: 422,
    title: 'More is in dispute than was billed',
    hint: 'Give the part of the total that is in dispute, or leave it out for all of it.',
  },
  DISPUTE_REBILL: {
    fault: 'caller',
    status: 409,
    title: 'No new bill of this case is issued',
    hint: 'Make the bill anew from the case, let it be approved and issue it; usage has none.',
  },
  IMPACT_QUEUE: {
    fault: 'caller',
    status: 409,
    title: 'Too many tariff impacts wait for their turn',
    hint: 'Wait until some of them are done, or cancel those that nobody needs.',
  },
} as const;

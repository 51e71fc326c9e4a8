/** Faults of what bills need besides readings, among `serverErrors`. */
export const billingInputFaults = {
  SERIES_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The values cannot be taken as they are',
    hint: 'Mend the rows that are named; nothing of the upload was stored.',
  },
  EVENT_REFUSED: {
    fault: 'caller',
    status: 422,
    title: 'The event must not be declared',
    hint: 'Read what the tariff allows: GET /tariffs/{code}/events says which events, how many and how long.',
  },
} as const;

/** Errors of documents of bills. */
export const billDocumentFaults = {
  BILL_DOCUMENT: {
    fault: 'caller',
    status: 409,
    title: 'The bill has no total, so there is no document of it',
    hint: 'Look at what holds it back; it gets a document once it is calculated.',
  },
  BILL_DOCUMENTS_BUSY: {
    fault: 'ours',
    status: 503,
    title: 'Documents of other runs are being made',
    hint: 'Ask again in a minute: two runs are made into files at a time.',
  },
} as const;

/** What the demo's utility says on its bills: nobody answers there, and nobody is paid. */
import type { BillDocumentSettings } from '../contract/bill-documents.ts';

export const demoSeller: BillDocumentSettings = {
  seller: {
    name: 'Exampleton Utilities (demo)',
    address: ['1 Example Street', '00100 Exampleton', 'Germany'],
    // a number that is kept free for films
    phone: '+49 30 23125 000',
    email: 'customers@exampleton.example',
    web: 'https://exampleton.example',
    register: 'Exampleton HRB 0',
    taxNumber: 'DE 000 000 000',
  },
  payment: {
    dueDays: 14,
    account: 'IBAN DE00 0000 0000 0000 0000 00 (example: pays nobody)',
    words: {
      en: 'Please transfer the amount with the reference.',
      de: 'Bitte überweisen Sie den Betrag mit dem Verwendungszweck.',
      fr: 'Veuillez virer le montant avec la référence.',
      es: 'Transfiera el importe con la referencia.',
      nl: 'Maak het bedrag over met het kenmerk.',
      pl: 'Prosimy o przelew kwoty z podaniem tytułu.',
    },
  },
  ...{ complaints: {}, language: 'en', paper: 'A4', carbon: [] },
};

import { defineErrors } from '@openami/model';

const caller = { fault: 'caller', status: 422 } as const;

/** Faults of certificates of devices. */
export const deviceCaErrors = defineErrors({
  CSR_MALFORMED: {
    ...caller,
    title: 'The certificate request cannot be read.',
    hint: 'Send PKCS#10 as PEM, for example of `openssl req -new -key key.pem -subj /CN=SERIAL`.',
  },
  CSR_SIGNATURE: {
    ...caller,
    title: 'The certificate request is not signed by its own key.',
    hint: 'Make the request anew on the device: it proves that the device has the private key.',
  },
  CSR_KEY: {
    ...caller,
    title: 'The key of the certificate request is of a kind that is not accepted.',
    hint: 'Use an elliptic-curve key on P-256 or P-384, or RSA with 2048 to 4096 bits.',
  },
  CSR_NAME: {
    ...caller,
    title: 'The certificate request is for another device.',
    hint: 'Its common name must be the name that the certificate is asked for, or be left out.',
  },
});

import { defineErrors, type ErrorSpec } from '@openami/model';

const row = (title: string, hint: string): ErrorSpec => ({ fault: 'caller', status: 422, title, hint });
const peer = (title: string, hint: string): ErrorSpec => ({ fault: 'peer', status: 502, title, hint });

/** Failures of the key-encryption key and the vault. */
export const vaultErrors = defineErrors({
  KEK_MALFORMED: {
    fault: 'caller',
    status: 500,
    title: 'The key-encryption key is not 32 bytes in hexadecimal or base64.',
    hint: 'Make one with `openssl rand -hex 32` and keep it outside the data folder.',
  },
  KEK_UNREADABLE: {
    fault: 'caller',
    status: 500,
    title: 'The file of the key-encryption key cannot be read, or others can read it.',
    hint: 'Check the path; give the file to the user of the program alone (chmod 600).',
  },
  KEK_MODULE: {
    fault: 'caller',
    status: 500,
    title: 'The hardware module of the key-encryption key cannot be used.',
    hint: 'Check module-path, token, object and pin-source of pkcs11:…; the guide on keys has an example.',
  },
  KEK_WRONG: {
    fault: 'caller',
    status: 500,
    title: 'The meter keys are wrapped under another key-encryption key.',
    hint: 'Give the key-encryption key named in the detail, as the present or as the previous one.',
  },
  KEY_TAMPERED: {
    fault: 'ours',
    status: 500,
    title: 'A stored key does not fit its place: it was altered, or moved from another meter.',
    hint: 'Restore the row from a backup, or import the key again; look at the audit trail.',
  },
  KEY_MISSING: {
    fault: 'caller',
    status: 409,
    title: 'The meter has no key of this kind.',
    hint: 'Import the key file of the manufacturer.',
  },
});

/** Why one row of a key file is not taken; the others are. */
export const keyRowErrors = defineErrors({
  KEY_METER_REFUSED: row(
    'The meter of the row cannot be registered.',
    'Look at the code in the detail; a serial number may belong to another meter as one of its addresses.',
  ),
  KEY_METER_UNKNOWN: row(
    'The key file names a meter that is not registered.',
    'Register the meter first, then import the file again: keys that are there stay as they are.',
  ),
  KEY_MALFORMED: row(
    'The key is not written in the encoding of the file.',
    'Choose the encoding (hex, base64 or text) that the manufacturer names.',
  ),
  KEY_LENGTH: row(
    'The key has not the length that its kind and security suite ask for.',
    'Check the suite: 16 bytes in suites 0 and 1, 32 bytes in suite 2.',
  ),
  KEY_WEAK: row(
    'The key is one byte repeated: a placeholder, not a key.',
    'Ask the manufacturer for the file with the real keys.',
  ),
  KEY_TRANSPORT: row(
    'The key cannot be unwrapped with the transport key.',
    'Check that the transport key is the one of this delivery.',
  ),
  KEY_TRANSPORT_MISSING: row(
    'The keys of the file are wrapped, and no transport key was given.',
    'Give the transport key of this delivery, or say in the mapping that the keys are in the clear.',
  ),
  KEY_TITLE_DIFFERS: row(
    'The key file gives the meter another system title than the registry.',
    'Find out which is right: correct the address of the meter, or ask the manufacturer for its row.',
  ),
  KEY_TITLE_TAKEN: row(
    'Another meter has this system title.',
    'Look for a meter that was registered twice, or a row with the wrong serial number.',
  ),
  KEY_FILE_REFUSED: row(
    'So many rows of the key file were refused that the rest of it is not looked at.',
    'Look at the first refused rows: columns, delimiter, encoding, or meters to register; then try again.',
  ),
  KEY_FILE_TOO_LARGE: row(
    'The key file is longer than the limit; what stood before it was taken.',
    'Split the file; importing rows again that were taken changes nothing.',
  ),
  KEY_DIFFERS: row(
    'The meter has another key of this kind.',
    'Import with `different: stage` to try both at the next session, or leave the stored one.',
  ),
});

/** What a session with a meter says of keys and counters, told apart. */
export const meterKeyErrors = defineErrors({
  METER_KEY_WRONG: peer(
    'The meter does not use the key the head-end has.',
    'Import the key that is in the meter; every version kept here was tried.',
  ),
  METER_TITLE_WRONG: peer(
    'The meter answers with another system title than the one registered.',
    'Check whether the meter was exchanged; correct its system title in the registry.',
  ),
  METER_COUNTER_STALE: peer(
    'The meter refused the invocation counter.',
    'It is read anew through the public client at the next session; if it lasts, two head-ends use the key.',
  ),
  METER_COUNTER_REPLAYED: peer(
    'The meter sent an invocation counter that it has sent before.',
    'The message is rejected: a replay, or a meter that lost its counter in a reset.',
  ),
  METER_COUNTER_JUMP: peer(
    'The counter the meter asks for is implausibly far ahead.',
    'The public client is not protected: check the meter, then resynchronise by hand or rotate the key.',
  ),
  COUNTERS_NOT_THERE: {
    fault: 'ours',
    status: 503,
    title: 'The store did not reserve invocation counters as fast as the session used them.',
    hint: 'The session is tried again; if it lasts, look at the load of the registry store.',
  },
  METER_OPTION_UNSUPPORTED: peer(
    'The meter does not support the security option that was asked for.',
    'Choose the suite, policy or authentication mechanism that the model of the meter has.',
  ),
  METER_LINK_LOST: {
    fault: 'timeout',
    status: 504,
    title: 'The link to the meter broke before it answered.',
    hint: 'It is tried again at the next session; nothing is lost.',
  },
  METER_KEY_REFUSED: peer(
    'The meter refused the new key, or accepted it and goes on with the old one.',
    'The old key stays in use; check the master key of the meter and what its model supports.',
  ),
  ROTATION_NOT_NOW: {
    fault: 'caller',
    status: 409,
    title: 'The rotation cannot begin or be cancelled now.',
    hint: 'Let what is under way end first: a key that may be in the meter is never given up.',
  },
});

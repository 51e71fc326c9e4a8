import { defineErrors } from '@openami/model';

/** Failures of firmware images and campaigns; also what a meter of a campaign failed with. */
export const firmwareErrors = defineErrors({
  FIRMWARE_IMAGE: {
    fault: 'caller',
    status: 422,
    title: 'The firmware image cannot be taken.',
    hint: 'Correct what the detail names; compare length and hash with what the manufacturer says.',
  },
  FIRMWARE_SIGNATURE: {
    fault: 'caller',
    status: 422,
    title: 'The signature of the firmware image is missing or does not fit.',
    hint: 'Give the DER signature of the image (ECDSA) by a signer whose public key is trusted here.',
  },
  CAMPAIGN_INVALID: {
    fault: 'caller',
    status: 422,
    title: 'The campaign is not allowed as it is.',
    hint: 'Correct what the detail names.',
  },
  CAMPAIGN_STATE: {
    fault: 'caller',
    status: 409,
    title: 'The campaign is not in a state that allows this, or changed in between.',
    hint: 'Read it again; a halted campaign goes on only with a higher failure rate allowed.',
  },
  CAMPAIGN_HALTED: {
    fault: 'peer',
    status: 409,
    title: 'More meters failed than the campaign allows: it stopped by itself.',
    hint: 'Look at what the meters failed with before it goes on.',
  },
  FIRMWARE_VERIFY: {
    fault: 'peer',
    status: 502,
    title: 'The meter found the image not to be valid.',
    hint: 'Check that the image is for this model and signed by its manufacturer.',
  },
  FIRMWARE_ACTIVATION: {
    fault: 'peer',
    status: 502,
    title: 'The meter did not activate the image.',
    hint: 'It still runs the version before; ask the manufacturer with the events of the meter.',
  },
  FIRMWARE_REFUSED: {
    fault: 'peer',
    status: 502,
    title: 'The meter refuses the transfer of images.',
    hint: 'Check the access rights of the association and what the model of the meter supports.',
  },
  FIRMWARE_SKIPPED: {
    fault: 'caller',
    status: 409,
    title: 'The meter runs a version that the image is not for.',
    hint: 'It was left as it is; bring it to one of the versions named by the campaign first.',
  },
});

import { defineErrors, type ErrorSpec } from '@openami/model';

const peer = (title: string, hint: string): ErrorSpec => ({ fault: 'peer', status: 409, title, hint });

/** What keeps a meter from being commissioned, and what to do about it. */
export const commissioningErrors = defineErrors({
  COMMISSION_KEY_MISSING: peer(
    'The meter encrypts, and its key is not here.',
    'Import the key list of the delivery, or register the meter with the key on its card.',
  ),
  COMMISSION_KEY_WRONG: peer(
    'The key that is kept does not open what the meter sends.',
    'Ask the manufacturer for the key of this serial number; look for a row that slipped in the key list.',
  ),
  COMMISSION_NOT_INSTALLED: peer(
    'The meter is at no usage point.',
    'Record its installation; in bulk, with the column usagePoint of the list.',
  ),
  COMMISSION_NEVER_HEARD: peer(
    'Nothing has come from the meter since it was installed.',
    'Check antenna, power and radio mode of the meter, that a gateway is in reach, and the number on it.',
  ),
  COMMISSION_OTHER_GATEWAY: peer(
    'The meter is heard, though not by the gateway that is meant for it.',
    'Look at the gateway that is named: its power, its antenna; or the meter was built in at another place.',
  ),
  COMMISSION_SIGNAL_WEAK: peer(
    'The best path of the meter is weaker than the demand.',
    'Move the antenna or add a gateway nearer to it; or commission it by hand where its readings suffice.',
  ),
  COMMISSION_UNREADABLE: peer(
    'The meter is heard, and what it sends cannot be read.',
    'Look at the code: give the device a codec, the model a meter model, or the meter its key.',
  ),
  COMMISSION_NOT_READ: peer(
    'No reading of the meter has been stored since it was installed.',
    'Look under Rejected and Seen, not registered, and at its sessions and its reading plan.',
  ),
  COMMISSION_DAY_INCOMPLETE: peer(
    'There is no full day of readings of the meter yet.',
    'Wait for it; where it is late, look at the gaps of the meter and at its paths.',
  ),
  COMMISSION_START_IMPLAUSIBLE: peer(
    'The register of the meter does not fit the start index of its delivery.',
    'Compare the number on the meter with the record: exchanged meters, units and decimals are usual causes.',
  ),
  COMMISSION_GIVEN_UP: peer(
    'A person gave the meter up.',
    'Try it again once the reason is gone; the reason is in the record.',
  ),
});

export type CommissioningCode = keyof typeof commissioningErrors;

/** Every migration, in order. Applied ones are never edited: add a new one. */

import { billDocumentsSql } from './bill-documents.ts';
import { billPagesSql } from './bill-pages.ts';
import { billingSql } from './billing.ts';
import { billsDueSql } from './bills-due.ts';
import { bulkJobsSql } from './bulk-jobs.ts';
import { changedBillsSql } from './changed-bills.ts';
import { channelChecksSql } from './channel-checks.ts';
import { collectionSql } from './collection.ts';
import { commandsSql } from './commands.ts';
import { commissioningSql } from './commissioning.ts';
import { commoditySql } from './commodity.ts';
import { credentialChangesSql } from './credential-changes.ts';
import { customerLoginsSql } from './customer-logins.ts';
import { deviceCertificatesSql } from './device-certificates.ts';
import { disputeEventsSql } from './dispute-events.ts';
import { disputesSql } from './disputes.ts';
import { gatewayRoleSql } from './gateway-role.ts';
import { handOverSql } from './hand-over.ts';
import { keyImportDetailsSql } from './key-import-details.ts';
import { keyLifeSql } from './key-life.ts';
import { keysSql } from './keys.ts';
import { lorawanSql } from './lorawan.ts';
import { lorawanPastSql } from './lorawan-past.ts';
import { mappingsSql } from './mappings.ts';
import { operationsSql } from './operations.ts';
import { pendingReadingsSql } from './pending-readings.ts';
import { planMembersSql } from './plan-members.ts';
import { portKeysSql } from './port-keys.ts';
import { prepaySql } from './prepay.ts';
import { priceSeriesSql } from './price-series.ts';
import { radioSql } from './radio.ts';
import { registrySql } from './registry.ts';
import { safetyProposalSql } from './safety-proposal.ts';
import { sharedLinesSql } from './shared-lines.ts';
import { takeBacksSql } from './take-backs.ts';
import { unsafeKindsSql } from './unsafe-kinds.ts';
import { veeSql } from './vee.ts';
import { whatIfSql } from './what-if.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { name: '0001-registry', sql: registrySql },
  { name: '0002-operations', sql: operationsSql },
  { name: '0003-commodity', sql: commoditySql },
  { name: '0004-keys', sql: keysSql },
  { name: '0005-commands', sql: commandsSql },
  { name: '0006-credential-changes', sql: credentialChangesSql },
  { name: '0007-collection', sql: collectionSql },
  { name: '0008-safety-proposal', sql: safetyProposalSql },
  { name: '0009-shared-lines', sql: sharedLinesSql },
  { name: '0010-plan-members', sql: planMembersSql },
  { name: '0011-key-life', sql: keyLifeSql },
  { name: '0012-pending-readings', sql: pendingReadingsSql },
  { name: '0013-vee', sql: veeSql },
  { name: '0014-key-import-details', sql: keyImportDetailsSql },
  { name: '0015-channel-checks', sql: channelChecksSql },
  { name: '0016-device-certificates', sql: deviceCertificatesSql },
  { name: '0017-radio', sql: radioSql },
  { name: '0018-lorawan', sql: lorawanSql },
  { name: '0019-mappings', sql: mappingsSql },
  { name: '0020-port-keys', sql: portKeysSql },
  { name: '0021-commissioning', sql: commissioningSql },
  { name: '0022-bulk-jobs', sql: bulkJobsSql },
  { name: '0023-unsafe-kinds', sql: unsafeKindsSql },
  { name: '0024-gateway-role', sql: gatewayRoleSql },
  { name: '0025-billing', sql: billingSql },
  { name: '0026-lorawan-past', sql: lorawanPastSql },
  { name: '0027-price-series', sql: priceSeriesSql },
  { name: '0028-prepay', sql: prepaySql },
  { name: '0029-customer-logins', sql: customerLoginsSql },
  { name: '0030-what-if', sql: whatIfSql },
  { name: '0031-determinants', sql: billPagesSql },
  { name: '0032-disputes', sql: disputesSql },
  { name: '0033-bill-documents', sql: billDocumentsSql },
  { name: '0034-hand-over', sql: handOverSql },
  { name: '0035-dispute-events', sql: disputeEventsSql },
  { name: '0036-bills-due', sql: billsDueSql },
  { name: '0037-changed-bills', sql: changedBillsSql },
  { name: '0038-take-backs', sql: takeBacksSql },
];

/** The HTTP contract: schemas and the types derived from them. */
export type { BudgetPlanItem, DepositItem } from './account-plans.ts';
export * from './audit.ts';
export type {
  BillDocumentSettings,
  BillDocumentSettingsItem,
  CarbonFactor,
  DocumentLanguage,
} from './bill-documents.ts';
export type {
  BillCycleItem,
  BillReleaseResult,
  BillRunCreate,
  BillRunItem,
  BillRunList,
  RunSettings,
  StreamBillRun,
} from './bill-runs.ts';
export type {
  BillDeltaItem,
  BillDetail,
  BillDeterminants,
  BillHold,
  BillItem,
  BillLineExplanation,
  BillLineItem,
  BillList,
  BillProblem,
  TestBill,
  TestBillBody,
} from './billing.ts';
export type {
  BillingAttributeItem,
  BillingSeriesDetail,
  BillingSeriesItem,
  KnownEventItem,
  SeriesUploadItem,
  SeriesValueItem,
  TariffEventBody,
  TariffEventItem,
  TariffEvents,
} from './billing-inputs.ts';
export * from './campaigns.ts';
export type {
  CollectionState,
  GapItem,
  GapList,
  PlanItem,
  ServiceLevelItem,
  SessionDetail,
  SessionItem,
} from './collection.ts';
export * from './commands.ts';
export type {
  BulkJob,
  BulkJobList,
  CommissioningDecided,
  CommissioningItem,
  CommissioningList,
  CommissioningSummary,
  StreamBulk,
} from './commissioning.ts';
export * from './common.ts';
export type {
  AccountEntryItem,
  DisputeAnswer,
  DisputeDetail,
  DisputeEvidence,
  DisputeItem,
  DisputeList,
  DisputeOpen,
  DisputeSettings,
  DisputeSummary,
  StreamDispute,
} from './disputes.ts';
export * from './evidence.ts';
export type {
  BatchesMade,
  BatchItem,
  BatchList,
  DeliveryItem,
  DeliveryList,
  HandedBill,
  HandedBillList,
  HandOverSettings,
  WebhookCreate,
  WebhookItem,
  WebhookList,
  WebhookResent,
  WebhookSecretShown,
} from './hand-over.ts';
export { eventKinds } from './hand-over.ts';
export * from './identity.ts';
export * from './imports.ts';
export * from './ingest.ts';
export type {
  KeyAgeList,
  KeyCheckAnswer,
  KeyImportAnswer,
  KeyImportItem,
  KeySummaryItem,
  MeterKeyItem,
  RotationGroupAnswer,
  RotationGroupBody,
  RotationItem,
  RotationProgress,
} from './keys.ts';
export * from './lorawan.ts';
export type { MappingDetail, MappingItem, MappingList, MappingTried } from './mappings.ts';
export * from './meters.ts';
export type {
  AccountLoginItem,
  AlertChoice,
  AlertItem,
  InvitationCreated,
  InvitationItem,
  My,
  MyAlerts,
  MyBillWhy,
  MyNow,
  MyPoint,
  MyPrepay,
  MyUsage,
  RegisterBody,
  UsageBar,
} from './my.ts';
export * from './overview.ts';
export type {
  PrepayCustomer,
  PrepayCustomerList,
  PrepayNoticeItem,
  PrepayNoticeList,
  PrepayPaymentItem,
  PrepayPaymentList,
  PrepayPolicyItem,
  PrepayPolicyList,
  PrepayReceipt,
  PrepayReversalItem,
  PrepayReversalList,
  PrepayStatementItem,
  PrepayStatementList,
  PrepaySummary,
  PrepayTransactionItem,
  PrepayTransactionList,
  StreamPrepay,
} from './prepay.ts';
export * from './radio.ts';
export * from './registry.ts';
export type {
  SettlementChange,
  SettlementGroup,
  SettlementItem,
  SettlementList,
  SettlementRow,
} from './settlement.ts';
export type {
  ImpactAgreementItem,
  ImpactAgreementList,
  ImpactHistogramItem,
  ImpactSumsItem,
  StreamTariffImpact,
  TariffImpactCreate,
  TariffImpactDetail,
  TariffImpactItem,
  TariffImpactList,
} from './tariff-impacts.ts';
export type {
  AgreementTariffItem,
  AgreementTariffList,
  ScheduleView,
  TariffCheck,
  TariffDetail,
  TariffFaultItem,
  TariffImport,
  TariffItem,
  TariffList,
  TariffVersionDetail,
  TariffVersionItem,
} from './tariffs.ts';
export * from './vee.ts';
export * from './vee-virtual.ts';
export type { BillToDate, ComparedTariff, TariffComparison, TariffComparisonBody } from './what-if.ts';

/** The part of the registry that bills are made from and kept in, and what follows from them. */
import type { BillDocumentRepository } from './bill-document-store.ts';
import type {
  BillCycleRepository,
  BillingFactsRepository,
  BillRepository,
  BillRunRepository,
} from './billing-store.ts';
import type {
  AccountEntryRepository,
  BudgetRepository,
  DepositRepository,
  DisputeRepository,
} from './dispute-store.ts';
import type {
  FrozenRepository,
  HandOverRepository,
  SettlementRepository,
  WebhookRepository,
} from './hand-over-store.ts';
import type { CustomerLoginRepository, UsageAlertRepository } from './portal-store.ts';
import type {
  PrepayAgreementRepository,
  PrepayLedgerRepository,
  PrepayNoticeRepository,
  PrepayPaymentRepository,
  PrepayPolicyRepository,
} from './prepay-store.ts';
import type {
  BillingAttributeRepository,
  BillingSeriesRepository,
  TariffEventRepository,
} from './price-store.ts';
import type { AgreementTariffRepository, TariffRepository } from './tariff-store.ts';
import type { TariffImpactRepository } from './what-if-store.ts';

export interface BillingRepositories {
  readonly tariffs: TariffRepository;
  readonly agreementTariffs: AgreementTariffRepository;
  readonly billCycles: BillCycleRepository;
  readonly billingFacts: BillingFactsRepository;
  readonly billingSeries: BillingSeriesRepository;
  readonly tariffEvents: TariffEventRepository;
  readonly billingAttributes: BillingAttributeRepository;
  readonly billRuns: BillRunRepository;
  readonly bills: BillRepository;
  readonly billDocuments: BillDocumentRepository;
  readonly disputes: DisputeRepository;
  readonly accountEntries: AccountEntryRepository;
  readonly deposits: DepositRepository;
  readonly budgets: BudgetRepository;
  readonly customerLogins: CustomerLoginRepository;
  readonly usageAlerts: UsageAlertRepository;
  readonly tariffImpacts: TariffImpactRepository;
  readonly prepayPolicies: PrepayPolicyRepository;
  readonly prepayAgreements: PrepayAgreementRepository;
  readonly prepayLedger: PrepayLedgerRepository;
  readonly prepayPayments: PrepayPaymentRepository;
  readonly prepayNotices: PrepayNoticeRepository;
  readonly webhooks: WebhookRepository;
  readonly handOver: HandOverRepository;
  readonly frozen: FrozenRepository;
  readonly settlement: SettlementRepository;
}

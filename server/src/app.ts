/** The HTTP app: pure composition over a context, so that tests can inject requests without a socket. */
import compress from '@fastify/compress';
import { systemAccess } from '@openami/model';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { AppContext } from './context.ts';
import { boundAnswers } from './http/answer-time.ts';
import type { App } from './http/app-type.ts';
import { installBodyDepth } from './http/body-depth.ts';
import { installConsole } from './http/console.ts';
import { installGuard } from './http/guard.ts';
import { installHeavyWork } from './http/heavy.ts';
import { IdempotencyStore, installIdempotency } from './http/idempotency.ts';
import { lateSerializers } from './http/late-serializers.ts';
import { createMetrics, measureRequests } from './http/metrics.ts';
import { installOpenApi } from './http/openapi.ts';
import { refuseConnection, sendProblem } from './http/problem.ts';
import { installSecurity } from './http/security.ts';
import { authenticator } from './identity/authenticate.ts';
import { accountPlanRoutes } from './routes/account-plans.ts';
import { auditRoutes } from './routes/audit.ts';
import { billDocumentRoutes } from './routes/bill-documents.ts';
import { billRunRoutes } from './routes/bill-runs.ts';
import { billingInputRoutes } from './routes/billing-inputs.ts';
import { billRoutes } from './routes/bills.ts';
import { bulkRoutes } from './routes/bulk.ts';
import { campaignRoutes } from './routes/campaigns.ts';
import { channelRoutes } from './routes/channels.ts';
import { collectionRoutes } from './routes/collection.ts';
import { commandSafetyRoutes } from './routes/command-safety.ts';
import { commandRoutes } from './routes/commands.ts';
import { commissioningRoutes } from './routes/commissioning.ts';
import { credentialRoutes } from './routes/credentials.ts';
import { customerRoutes } from './routes/customer-logins.ts';
import { deviceCertificateRoutes } from './routes/device-certificates.ts';
import { disputeRoutes } from './routes/disputes.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { exportRoutes } from './routes/export.ts';
import { handOverRoutes } from './routes/hand-over.ts';
import { identityRoutes } from './routes/identity.ts';
import { importRoutes } from './routes/imports.ts';
import { keyRotationRoutes } from './routes/key-rotations.ts';
import { keyRoutes } from './routes/keys.ts';
import { lorawanRoutes } from './routes/lorawan.ts';
import { mappingRoutes } from './routes/mappings.ts';
import { meterRoutes } from './routes/meters.ts';
import { overviewRoutes } from './routes/overview.ts';
import { prepayRoutes } from './routes/prepay.ts';
import { prepayPaymentRoutes } from './routes/prepay-payments.ts';
import { radioRoutes } from './routes/radio.ts';
import { readingRoutes } from './routes/readings.ts';
import { registryRoutes } from './routes/registry.ts';
import { settlementRoutes } from './routes/settlements.ts';
import { systemRoutes } from './routes/system.ts';
import { tariffImpactRoutes } from './routes/tariff-impacts.ts';
import { tariffRoutes } from './routes/tariffs.ts';
import { veeCheckRoutes } from './routes/vee-checks.ts';
import { veeEditRoutes } from './routes/vee-edits.ts';
import { veeFigureRoutes } from './routes/vee-figures.ts';
import { veeRuleRoutes } from './routes/vee-rules.ts';
import { veeVirtualRoutes } from './routes/vee-virtual.ts';
import { veeWorkRoutes } from './routes/vee-work.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { whatIfRoutes } from './routes/what-if.ts';

const bodyLimit = 1_048_576;

/** Builds the app; it does not listen yet. */
export async function buildApp(context: AppContext): Promise<App> {
  const { config, identity, registry, localToken, clock } = context;
  const app = Fastify({
    loggerInstance: context.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: config.trustProxy,
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    // what the router refuses before any hook runs, and what is no HTTP at all
    frameworkErrors: sendProblem,
    clientErrorHandler: refuseConnection,
    genReqId: () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 10)}`,
    schemaController: { compilersFactory: { buildSerializer: lateSerializers } },
    ajv: { customOptions: { coerceTypes: true, removeAdditional: false, allErrors: false } },
  }) as unknown as App;
  app.setErrorHandler(sendProblem);
  boundAnswers(app);
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', String(request.id));
  });
  app.addHook('preValidation', async (request) => {
    // A request that says nothing asks for what is usual; a field that must be there is then named.
    if (request.routeOptions.schema?.body !== undefined) request.body ??= {};
  });
  const authenticate = authenticator({
    identity,
    localToken,
    findToken: async (secret) => registry.tokens.verify(systemAccess, secret),
  });
  installGuard(app, { authenticate, publicUrl: config.publicUrl, routeTable: context.routeTable });
  installHeavyWork(app);
  await installSecurity(app, config.publicUrl);
  await app.register(compress, {
    globalDecompression: false,
    encodings: ['gzip', 'deflate'],
    threshold: 1024,
    zlibOptions: { level: 4 },
  });
  const metrics = createMetrics({
    ingest: () => context.ingest.metrics,
    gauges: context.gauges,
    radio: () => ({ gateways: context.radio.figures.rows(), heard: context.radio.heard.states() }),
  });
  measureRequests(app, metrics);
  installBodyDepth(app);
  installIdempotency(app, new IdempotencyStore(clock));
  await installOpenApi(app, context.version);
  systemRoutes(app, context, metrics);
  if (config.roles.includes('api')) await apiRoutes(app, context);
  await app.ready();
  return app;
}

/** Everything but health and metrics, which every role has. */
async function apiRoutes(app: App, context: AppContext): Promise<void> {
  await identityRoutes(app, context);
  credentialRoutes(app, context);
  deviceCertificateRoutes(app, context);
  auditRoutes(app, context);
  overviewRoutes(app, context);
  meterRoutes(app, context);
  channelRoutes(app, context);
  registryRoutes(app, context);
  evidenceRoutes(app, context);
  collectionRoutes(app, context);
  keyRoutes(app, context);
  keyRotationRoutes(app, context);
  commandRoutes(app, context);
  commandSafetyRoutes(app, context);
  await campaignRoutes(app, context);
  veeWorkRoutes(app, context);
  veeEditRoutes(app, context);
  veeRuleRoutes(app, context);
  veeVirtualRoutes(app, context);
  veeCheckRoutes(app, context);
  veeFigureRoutes(app, context);
  tariffRoutes(app, context);
  billingInputRoutes(app, context);
  whatIfRoutes(app, context);
  tariffImpactRoutes(app, context);
  billRunRoutes(app, context);
  billRoutes(app, context);
  billDocumentRoutes(app, context);
  disputeRoutes(app, context);
  accountPlanRoutes(app, context);
  await customerRoutes(app, context);
  prepayRoutes(app, context);
  await prepayPaymentRoutes(app, context);
  webhookRoutes(app, context);
  handOverRoutes(app, context);
  settlementRoutes(app, context);
  exportRoutes(app, context);
  await importRoutes(app, context);
  await readingRoutes(app, context);
  await radioRoutes(app, context);
  await mappingRoutes(app, context);
  await lorawanRoutes(app, context);
  commissioningRoutes(app, context);
  await bulkRoutes(app, context);
  await installConsole(app);
}

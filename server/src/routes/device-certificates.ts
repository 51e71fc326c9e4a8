/** Client certificates of devices: issued, listed, revoked; what others need to trust and refuse them. */
import type { DeviceCertificate } from '@openami/store';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import { listOf, pageQuery } from '../contract/common.ts';
import * as c from '../contract/identity.ts';
import type { App } from '../http/app-type.ts';
import { access } from '../http/guard.ts';
import { closeChanged } from './credentials.ts';

const tags = ['identity'];
const config = { permission: 'credentials:write' } as const;
const anyone = { permission: 'session' } as const;
const name = Type.String({ minLength: 1, maxLength: 64, pattern: '^[^+#/\\u0000-\\u001f]+$' });
const SerialNumberParams = Type.Object({ serialNumber: Type.String({ pattern: '^[0-9a-f]{2,40}$' }) });

function show({ notBefore, notAfter, issuedAt, revokedAt, ...rest }: DeviceCertificate): c.CertificateItem {
  const { id: _, issuedBy: _by, ...shown } = rest;
  return {
    ...shown,
    ...{ notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() },
    ...{ issuedAt: issuedAt.toISOString(), revokedAt: revokedAt?.toISOString() ?? null },
  };
}

/** Registers the routes. */
export function deviceCertificateRoutes(app: App, context: AppContext): void {
  issueRoute(app, context);
  keptRoutes(app, context);
  rootRoutes(app, context);
}

function issueRoute(app: App, { deviceCa }: AppContext): void {
  app.post(
    '/api/v1/devices/:name/certificate',
    {
      config,
      schema: {
        tags,
        summary: 'Issue a client certificate for a device or gateway',
        description:
          'Send the certificate request of the device (PKCS#10, PEM) in `csr`: its key never leaves it. ' +
          'Without one a key is made here and shown this once. A second certificate is good beside the ' +
          'first: to rotate, issue the new one, let the device change over, and revoke the old one.',
        params: Type.Object({ name }),
        body: Type.Optional(Type.Union([Type.Null(), c.CertificateBody])),
        response: { 201: c.CertificateIssued },
      },
    },
    async (request, reply) => {
      const { csr, days = 730 } = request.body ?? {};
      const order = { name: request.params.name, days, ...(csr ? { csr } : {}) };
      const { kept, privateKeyPem } = await deviceCa.issue(access(request), order);
      request.showsSecret = privateKeyPem !== undefined;
      const issued = { ...show(kept), authority: await deviceCa.rootPem() };
      return reply.code(201).send({ ...issued, ...(privateKeyPem ? { privateKey: privateKeyPem } : {}) });
    },
  );
}

function keptRoutes(app: App, context: AppContext): void {
  const { deviceCa } = context;
  const { certificates } = context.registry;
  app.get(
    '/api/v1/certificates',
    {
      config,
      schema: {
        tags,
        summary: 'Client certificates of devices, newest first',
        querystring: pageQuery({
          username: Type.Optional(name),
          endingWithinDays: Type.Optional(
            Type.Integer({
              ...{ minimum: 1, maximum: 3_650 },
              description: 'Only those in force that end within so many days, and have no successor',
            }),
          ),
        }),
        response: { 200: listOf(c.CertificateItem) },
      },
    },
    async (request) => {
      const { endingWithinDays: days, ...query } = request.query;
      const ending = days === undefined ? {} : { endsBefore: deviceCa.inDays(days) };
      const page = await certificates.list(access(request), { ...query, ...ending });
      return { ...page, items: page.items.map(show) };
    },
  );
  app.post(
    '/api/v1/certificates/:serialNumber/revoke',
    {
      config,
      schema: {
        tags,
        summary: 'Revoke a certificate: its connections are closed at once, and it opens none again',
        params: SerialNumberParams,
        body: c.CertificateRevokeBody,
        response: { 200: c.CertificateItem },
      },
    },
    async (request) => {
      const { serialNumber } = request.params;
      const revoked = await certificates.revoke(access(request), serialNumber, request.body.reason);
      await closeChanged(context);
      return show(revoked);
    },
  );
}

function rootRoutes(app: App, { deviceCa }: AppContext): void {
  app.get(
    '/api/v1/device-ca',
    {
      config: anyone,
      schema: {
        tags,
        summary: 'The root certificate that devices and brokers trust',
        response: { 200: Type.Object({ certificate: Type.String({ description: 'PEM' }) }) },
      },
    },
    async () => ({ certificate: await deviceCa.rootPem() }),
  );
  app.get(
    '/api/v1/device-ca/crl',
    {
      config: anyone,
      schema: {
        tags,
        summary: 'The list of revoked certificates, for a broker of your own; good for seven days',
        response: { 200: Type.Object({ crl: Type.String({ description: 'PEM' }) }) },
      },
    },
    async (request) => ({ crl: await deviceCa.revocationList(access(request)) }),
  );
}

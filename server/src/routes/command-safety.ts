/** What keeps commands safe: policy, kill switch, protected usage points; and how meters are reached. */
import {
  checkEndpoint,
  exposures,
  policyOf,
  policyProblems,
  type SafetyPolicy,
  type SafetyProposal,
  type SafetySetting,
  signerProblems,
} from '@openami/headend';
import { keyStates, type MeterEndpoint, type SecuritySuite } from '@openami/model';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AppContext } from '../context.ts';
import * as c from '../contract/commands.ts';
import { Done, IdParams } from '../contract/common.ts';
import { serverErrors } from '../errors.ts';
import type { App } from '../http/app-type.ts';
import { entityTag, ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { mayDo } from '../identity/permissions.ts';
import { personOf } from './commands.ts';

const tags = ['commands'];
const read = { permission: 'commands:read' } as const;
const write = { permission: 'commands:write' } as const;
const policyPermission = { permission: 'commands:policy' } as const;

/** Registers the routes. */
export function commandSafetyRoutes(app: App, context: AppContext): void {
  policyRoutes(app, context);
  killRoutes(app, context);
  protectionRoutes(app, context);
  endpointRoutes(app, context);
}

const iso = (second: number) => new Date(second * 1000).toISOString();

function showSetting({ policy, signers, requireSignature }: SafetySetting): c.SafetyBody {
  const { moratoria, fourEyesAlways, ...rest } = policy;
  return {
    ...{ ...rest, requireSignature, fourEyesAlways: [...fourEyesAlways] },
    moratoria: moratoria.map(({ fromS, untilS, reason }) => ({
      ...{ from: iso(fromS), until: iso(untilS), reason },
    })),
    signers: signers.map((signer) => ({ ...signer })),
  };
}

/** Raises VALIDATION_FAILED. */
function settingOf({ signers, requireSignature, moratoria, reason: _reason, ...rest }: c.SafetyChange) {
  const second = (text: string) => Math.floor(Date.parse(text) / 1000);
  const policy = {
    ...rest,
    moratoria: moratoria.map(({ from, until, reason }) => ({
      ...{ fromS: second(from), untilS: second(until), reason },
    })),
  };
  const problems = [...policyProblems(policy), ...signerProblems(signers)];
  if (problems.length > 0) throw serverErrors.VALIDATION_FAILED(problems.join('; '));
  return { policy: policy as SafetyPolicy, signers, requireSignature };
}

/** The gate as it is now, with its tag. */
async function sendGate(
  { registry, commands, names }: AppContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<c.SafetyItem> {
  const gate = await registry.commands.gate(access(request));
  const nameOf = await names.names();
  const proposal = gate.proposal as SafetyProposal | null;
  reply.header('etag', entityTag(gate.version));
  return {
    ...showSetting({ ...gate, policy: policyOf(gate.policy) }),
    killSwitch: gate.killSwitch,
    version: gate.version,
    proposal: proposal && {
      ...{ ...showSetting(proposal), reason: proposal.reason, proposedBy: proposal.proposedBy },
      ...{ proposedByName: nameOf(proposal.proposedBy), proposedAt: iso(proposal.proposedAtS) },
      loosens: commands.safety.loosenings(gate),
    },
  };
}

function policyRoutes(app: App, context: AppContext): void {
  const { registry, commands } = context;
  const url = '/api/v1/commands/safety';
  app.get(
    url,
    { config: read, schema: { tags, summary: 'The safety policy', response: { 200: c.SafetyItem } } },
    (request, reply) => sendGate(context, request, reply),
  );
  app.put(
    url,
    {
      config: policyPermission,
      schema: {
        tags,
        summary: 'Change the safety policy; what loosens it waits for another administrator',
        description:
          'Send the ETag as If-Match to be sure that nobody changed it in between. Answers 200 when it is ' +
          'in force, 202 when it waits as `proposal`.',
        body: c.SafetyChange,
        response: { 200: c.SafetyItem, 202: c.SafetyItem },
      },
    },
    async (request, reply) => {
      const ctx = access(request);
      const about = {
        ...{ reason: request.body.reason, person: await personOf(request, registry) },
        ifVersion: ifMatch(request),
      };
      const outcome = await commands.safety.change(ctx, settingOf(request.body), about);
      reply.code(outcome === 'applied' ? 200 : 202);
      return sendGate(context, request, reply);
    },
  );
  for (const [move, summary] of [
    ['approve', 'Put the proposed policy in force, as another person than who proposed it'],
    ['withdraw', 'Drop the proposed policy'],
  ] as const) {
    app.post(
      `${url}/proposal/${move}`,
      {
        config: policyPermission,
        schema: {
          ...{ tags, summary, response: { 200: c.SafetyItem } },
          description:
            'Send the ETag as If-Match to decide on the proposal that was looked at, and on no other.',
        },
      },
      async (request, reply) => {
        await commands.safety[move](access(request), ifMatch(request));
        return sendGate(context, request, reply);
      },
    );
  }
}

function killRoutes(app: App, context: AppContext): void {
  const { registry, log } = context;
  for (const on of [true, false]) {
    app.post(
      `/api/v1/commands/kill-switch/${on ? 'on' : 'off'}`,
      {
        // Whoever may order may stop everything; to go on is for the administrator.
        config: { permission: (on ? write : policyPermission).permission },
        schema: {
          tags,
          summary: on ? 'Stop everything that acts on meters, now' : 'Let commands leave again',
          response: { 200: c.SafetyItem },
        },
      },
      async (request, reply) => {
        const ctx = access(request);
        log.warn({ on, actor: ctx.actor.id }, 'Kill switch of commands');
        await registry.commands.setGate(ctx, { killSwitch: on });
        return sendGate(context, request, reply);
      },
    );
  }
}

function protectionRoutes(app: App, { registry }: AppContext): void {
  app.get(
    '/api/v1/usage-points/protected',
    {
      config: read,
      schema: {
        tags,
        summary: 'Usage points whose supply is never interrupted by a command',
        response: { 200: Type.Array(c.ProtectedItem) },
      },
    },
    async (request) =>
      (await registry.commands.protectedPoints(access(request))).map((each) => ({ ...each })),
  );
  app.put(
    '/api/v1/usage-points/:id/protection',
    {
      config: write,
      schema: {
        tags,
        summary: 'Mark a usage point as critical or of medical priority',
        params: IdParams,
        body: c.ProtectionBody,
        response: { 200: Done },
      },
    },
    async (request) => {
      await registry.commands.protect(access(request), request.params.id, request.body.protection);
      return { ok: true } as const;
    },
  );
  app.delete(
    '/api/v1/usage-points/:id/protection',
    {
      config: policyPermission,
      schema: { tags, summary: 'Take the mark off', params: IdParams, response: { 200: Done } },
    },
    async (request) => {
      await registry.commands.protect(access(request), request.params.id, '');
      return { ok: true } as const;
    },
  );
}

/**
 * What a change of the endpoint of a meter with keys opens. Who may change keys may do that, too. Raises
 * ENDPOINT_NEEDS_KEYS.
 */
async function exposuresOf(
  { registry, log }: AppContext,
  request: FastifyRequest,
  meterId: number,
  after: MeterEndpoint,
): Promise<string[]> {
  const ctx = access(request);
  const keys = await registry.meterKeys.list(ctx, { meterIds: [meterId], states: keyStates });
  if (keys.length === 0) return [];
  const before = await registry.endpoints.get(ctx, meterId);
  const [titled] = await registry.endpoints.titles(ctx, { meterIds: [meterId], titles: [] });
  const opens = exposures(before, after, titled?.title ?? '');
  if (opens.length > 0 && !mayDo(request.principal!, 'keys:write')) {
    log.warn({ meterId, actor: ctx.actor.id, opens }, 'Change of an endpoint refused');
    throw serverErrors.ENDPOINT_NEEDS_KEYS(opens.join('; '), { permission: 'keys:write' });
  }
  return opens;
}

function endpointRoutes(app: App, context: AppContext): void {
  const { registry, dlms } = context;
  const url = '/api/v1/meters/:id/endpoint';
  const meterWrite = { permission: 'meters:write' } as const;
  app.get(
    url,
    {
      config: { permission: 'meters:read' },
      schema: {
        tags: ['meters'],
        summary: 'How a meter is reached',
        params: IdParams,
        response: { 200: c.EndpointItem },
      },
    },
    async (request) => {
      const found = await registry.endpoints.get(access(request), request.params.id);
      if (found === undefined) throw serverErrors.ENDPOINT_UNKNOWN(`meter ${request.params.id}`);
      const { version: _version, ...shown } = found;
      return shown;
    },
  );
  app.put(
    url,
    {
      config: meterWrite,
      schema: {
        tags: ['meters'],
        summary: 'Say how a meter is reached',
        description:
          'For a meter that has keys, what could hand out what they protect needs `keys:write`: another ' +
          'place without HLS by GMAC or ECDSA, less authentication or security, another system title.',
        params: IdParams,
        body: c.EndpointBody,
        response: { 200: c.EndpointItem },
      },
    },
    async (request) => {
      const { suite = 0, ...body } = request.body;
      const { id } = request.params;
      const given: MeterEndpoint = {
        ...{ transport: '', host: '', port: null, segment: '', concentrator: '', clientSap: null },
        ...{ physical: null, addressBytes: null, modeE: null, gatewayNetwork: 0, gatewayDevice: '' },
        ...{ serverSap: null, auth: '', security: '', systemTitle: '', profile: '' },
        ...{ ...body, suite: suite as SecuritySuite },
      };
      checkEndpoint(given);
      const opens = await exposuresOf(context, request, id, given);
      const { version: _, ...shown } = await registry.endpoints.put(access(request), id, given, opens);
      // what it may push, and how protected, is held for minutes
      dlms.forget(id);
      return shown;
    },
  );
  app.delete(
    url,
    {
      config: meterWrite,
      schema: {
        tags: ['meters'],
        summary: 'Forget how a meter is reached',
        params: IdParams,
        response: { 200: Done },
      },
    },
    async (request) => {
      await registry.endpoints.remove(access(request), request.params.id);
      dlms.forget(request.params.id);
      return { ok: true } as const;
    },
  );
}

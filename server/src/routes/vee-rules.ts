/** Validation: the rules there are, and the rule sets of this utility. */
import type { RuleSetRecord } from '@openami/store';
import { presetNames, presetRuleSet, type RuleSet, readRuleSet, rules, severityNames } from '@openami/vee';
import type { AppContext } from '../context.ts';
import * as c from '../contract/vee.ts';
import type { App } from '../http/app-type.ts';
import { ifMatch } from '../http/etag.ts';
import { access } from '../http/guard.ts';
import { ruleSetCode } from '../services/vee/rule-book.ts';
import { requireUsable } from '../services/vee/rule-check.ts';

const tags = ['validation'];
const read = { permission: 'vee:read' } as const;
const change = { permission: 'vee:rules' } as const;

function show({ createdAt, ...rest }: RuleSetRecord): c.RuleSetItem {
  return { ...rest, createdAt: createdAt.toISOString() };
}

/** A preset as it may be sent back: the version says when it holds. */
function dataOf({ id, title, groups }: RuleSet): unknown {
  return { id, title, groups };
}

/** Registers the routes. */
export function veeRuleRoutes(app: App, { vee, registry }: AppContext): void {
  app.get(
    '/api/v1/vee/rules',
    {
      config: read,
      schema: {
        tags,
        summary: 'Every rule with its parameters, source and worked example',
        response: { 200: c.RuleList },
      },
    },
    async () =>
      rules.map(({ id, number, stage, title, source, severity, parameters, example }) => ({
        ...{ id, number, stage, title, source, severity: severityNames[severity - 1]! },
        parameters: Object.entries(parameters).map(([name, spec]) => ({ name, ...spec })),
        example: example.story,
      })),
  );
  app.get(
    '/api/v1/vee/rule-sets',
    {
      config: read,
      schema: {
        tags,
        summary: 'Rule sets of this utility, every version, and presets of markets',
        response: { 200: c.RuleSetList },
      },
    },
    async (request) => ({
      sets: (await registry.ruleSets.list(access(request))).map(show),
      presets: presetNames.map((name) => ({ name, rules: dataOf(presetRuleSet(name)) })),
    }),
  );
  app.post(
    '/api/v1/vee/rule-sets',
    {
      config: change,
      schema: {
        tags,
        summary: 'A new version of the rule set, in force from a local date on',
        body: c.RuleSetBody,
        response: { 201: c.RuleSetItem },
      },
    },
    async (request, reply) => {
      const { effectiveFrom, rules: given, note = '' } = request.body;
      await requireUsable(vee.book, readRuleSet(given));
      const version = ifMatch(request);
      const made = await registry.ruleSets.add(
        access(request),
        ruleSetCode,
        { effectiveFrom, rules: given, note },
        version,
      );
      await vee.rules.load();
      return reply.code(201).send(show(made));
    },
  );
}

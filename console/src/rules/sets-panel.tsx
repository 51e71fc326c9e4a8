/**
 * Versions of the rule set with the dates they hold from, presets of markets, and a new version being
 * written.
 */
import type { RuleSetItem, RuleSetList } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { formatDay } from '../lib/format.ts';
import { writeText } from '../lib/places.ts';
import { useMay } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { type Form, FormSwitch } from '../ui/form-switch.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { ruleSetsQuery } from '../vee/queries.ts';
import { SetEditor } from './set-editor.tsx';

export function SetsPanel() {
  const query = useQuery(ruleSetsQuery);
  return (
    <Ready query={query} what="rule sets">
      {(list) => <Sets list={list} />}
    </Ready>
  );
}

interface Draft {
  readonly rules: unknown;
  readonly from: string;
}

function Sets({ list }: { readonly list: RuleSetList }) {
  const mayChange = useMay('vee:rules');
  const [form, setForm] = useState<Form>('yaml');
  const [draft, setDraft] = useState<Draft>();
  const versions = [...list.sets].sort((a, b) => b.version - a.version);
  const newest = versions[0];
  if (draft) {
    return (
      <SetEditor
        rules={draft.rules}
        from={draft.from}
        version={newest?.version ?? 0}
        form={form}
        onForm={setForm}
        onClose={() => setDraft(undefined)}
      />
    );
  }
  const begin = (rules: unknown, from: string) => (mayChange ? () => setDraft({ rules, from }) : undefined);
  return (
    <>
      <Panel
        flush
        title="Versions"
        note="the highest that is in force holds"
        actions={<FormSwitch form={form} onForm={setForm} />}
      >
        {versions.length === 0 && (
          <p className="muted" style={{ padding: '0 1rem 1rem' }}>
            This utility has no rule set of its own: the preset “default” holds.
            {mayChange && ' Begin a version with one of the presets below.'}
          </p>
        )}
        <ul className="rule-list">
          {versions.map((one) => (
            <li key={`${one.code} ${one.version}`}>
              <Version item={one} form={form} onBegin={begin(one.rules, `version ${one.version}`)} />
            </li>
          ))}
        </ul>
      </Panel>
      <Panel flush title="Presets" note="of markets">
        <ul className="rule-list">
          {list.presets.map(({ name, rules }) => (
            <li key={name}>
              <details>
                <summary>
                  <strong>{name}</strong>
                </summary>
                <Content rules={rules} form={form} onBegin={begin(rules, `the preset “${name}”`)} />
              </details>
            </li>
          ))}
        </ul>
      </Panel>
    </>
  );
}

function Version(props: {
  readonly item: RuleSetItem;
  readonly form: Form;
  readonly onBegin: (() => void) | undefined;
}) {
  const { item } = props;
  return (
    <details>
      <summary>
        <strong>Version {item.version}</strong>
        <span>from {formatDay(item.effectiveFrom, 'long')}</span>
        <span className="grow muted">{item.note}</span>
        <span className="muted small">
          {item.createdBy}, <Time at={item.createdAt} />
        </span>
      </summary>
      <Content rules={item.rules} form={props.form} onBegin={props.onBegin} />
    </details>
  );
}

function Content(props: {
  readonly rules: unknown;
  readonly form: Form;
  readonly onBegin: (() => void) | undefined;
}) {
  return (
    <div className="rule-body">
      {props.onBegin && (
        <div>
          <Button onClick={props.onBegin}>Begin a new version with it</Button>
        </div>
      )}
      <pre>{writeText(props.rules, props.form)}</pre>
    </div>
  );
}

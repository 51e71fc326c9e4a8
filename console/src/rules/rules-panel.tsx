/** Every rule: what it holds, where it comes from, its parameters, and an example worked through. */
import type { RuleItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { formatCounted, formatWord } from '../lib/format.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { SeverityMark } from '../vee/marks.tsx';
import { rulesQuery } from '../vee/queries.ts';

const route = getRouteApi('/rules');
const stages = { ingest: 'as readings come', day: 'as a day is closed', period: 'over a period' } as const;

export function RulesPanel() {
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useQuery(rulesQuery);
  return (
    <Ready query={query} what="rules">
      {(rules) => {
        const wanted = q.trim().toLowerCase();
        const found = rules.filter(({ id, title, source }) =>
          `${id} ${title} ${source}`.toLowerCase().includes(wanted),
        );
        return (
          <Panel flush title="Rules" note={formatCounted(found.length, 'rule')}>
            <div className="filters">
              <TextField
                label="Find"
                type="search"
                value={q}
                onChange={(e) =>
                  void navigate({
                    search: (old) => ({ ...old, q: e.target.value || undefined }),
                    replace: true,
                  })
                }
              />
            </div>
            {found.length === 0 ? (
              <Empty icon="rules" title="No rule has this in its name, title or source" />
            ) : (
              <ul className="rule-list">
                {found.map((rule) => (
                  <li key={rule.id}>
                    <Rule rule={rule} />
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        );
      }}
    </Ready>
  );
}

const parameterColumns: readonly Column<RuleItem['parameters'][number]>[] = [
  { name: 'Parameter', cell: ({ name }) => <code>{name}</code> },
  { name: 'Meaning', cell: ({ meaning }) => meaning },
  {
    ...{ name: 'Default', num: true },
    cell: (one) => (
      <span className="nowrap">
        {one.default} {one.unit}
      </span>
    ),
  },
  {
    ...{ name: 'Allowed', num: true },
    cell: ({ min, max }) => (
      <span className="nowrap">
        {min} to {max}
      </span>
    ),
  },
];

function Rule({ rule }: { readonly rule: RuleItem }) {
  return (
    <details>
      <summary>
        <SeverityMark severity={rule.severity} text="" />
        <strong>{rule.id}</strong>
        <span className="grow">{rule.title}</span>
        <Badge>{stages[rule.stage]}</Badge>
      </summary>
      <div className="rule-body">
        <p className="muted">
          {formatWord(rule.severity)} unless a rule set says otherwise. Source: {rule.source}
        </p>
        <DataTable
          label={`Parameters of ${rule.id}`}
          columns={parameterColumns}
          rows={rule.parameters}
          rowKey={({ name }) => name}
          empty={<p>It has no parameters.</p>}
        />
        <p>
          <strong>Example.</strong> {rule.example}
        </p>
      </div>
    </details>
  );
}

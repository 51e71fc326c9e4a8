/** Every rule: what it holds, where it comes from, its parameters, and an example worked through. */
import type { RuleItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { formatCounted, formatWord } from '../lib/format.ts';
import { TextField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Panel } from '../ui/panel.tsx';
import { ScrollBox } from '../ui/scroll-box.tsx';
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
        {rule.parameters.length === 0 ? (
          <p>It has no parameters.</p>
        ) : (
          <ScrollBox label={`Parameters of ${rule.id}`}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Parameter</th>
                  <th scope="col">Meaning</th>
                  <th scope="col" className="num">
                    Default
                  </th>
                  <th scope="col" className="num">
                    Allowed
                  </th>
                </tr>
              </thead>
              <tbody>
                {rule.parameters.map((one) => (
                  <tr key={one.name}>
                    <td>
                      <code>{one.name}</code>
                    </td>
                    <td>{one.meaning}</td>
                    <td className="num">
                      <span className="nowrap">
                        {one.default} {one.unit}
                      </span>
                    </td>
                    <td className="num">
                      <span className="nowrap">
                        {one.min} to {one.max}
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        )}
        <p>
          <strong>Example.</strong> {rule.example}
        </p>
      </div>
    </details>
  );
}

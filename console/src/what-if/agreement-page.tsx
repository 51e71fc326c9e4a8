/** One agreement: what its cycle costs so far, and what its past would have cost on other tariffs. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { idOf } from '../lib/search-params.ts';
import { useTitle } from '../shell/shell.tsx';
import { Breadcrumb } from '../ui/item-page.tsx';
import { PageHead } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { BillToDatePanel } from './bill-to-date-panel.tsx';
import { ComparisonPanel } from './comparison-panel.tsx';
import { impactTitle } from './impacts-panel.tsx';
import { billToDateQuery, impactQuery } from './queries.ts';

const route = getRouteApi('/agreements/$code');

export function AgreementPage() {
  const { code } = route.useParams();
  const impactId = idOf(route.useSearch().impact ?? '');
  useTitle(`Agreement ${code}`);
  const query = useQuery(billToDateQuery(code));
  const impact = useQuery({ ...impactQuery(impactId), enabled: impactId > 0 });
  const draft = impact.data?.document ?? undefined;
  const waits = impactId > 0 && impact.isPending;
  return (
    <>
      <Breadcrumb here={code}>
        {impact.data ? (
          <Link to="/tariff-impacts/$impactId" params={{ impactId: String(impactId) }}>
            What if: {impactTitle(impact.data)}
          </Link>
        ) : (
          <Link to="/tariffs" search={{ tab: 'agreements' }}>
            Agreements
          </Link>
        )}
      </Breadcrumb>
      <Ready query={query} what="the agreement">
        {(bill) => (
          <>
            <PageHead
              title={`Agreement ${bill.agreement}`}
              note={
                <>
                  account {bill.account}, usage point <code>{bill.usagePoint}</code>,{' '}
                  <Link to="/bills" search={{ account: bill.account }}>
                    bills
                  </Link>
                </>
              }
            />
            <div className="stack" style={{ gap: '0.75rem' }}>
              <BillToDatePanel bill={bill} />
              {!waits && <ComparisonPanel agreement={code} draft={draft} />}
            </div>
          </>
        )}
      </Ready>
    </>
  );
}

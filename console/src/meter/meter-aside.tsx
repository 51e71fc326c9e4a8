/** Identity, location and installation history. */
import type { MeterDetail } from '@openami/server/contract';
import { Link } from '@tanstack/react-router';
import { InviteButton } from '../billing/invite-dialog.tsx';
import { AgreementLink } from '../billing/words.tsx';
import { formatWord } from '../lib/format.ts';
import { useMay } from '../shell/session.tsx';
import { Facts } from '../ui/facts.tsx';
import { Panel } from '../ui/panel.tsx';
import { Time } from '../ui/time.tsx';

/** Street and town; some registries keep the town in the address lines already. */
function placeOf(premise: NonNullable<MeterDetail['premise']>): string {
  const { address, postcode, locality } = premise;
  return locality && address.includes(locality) ? address : `${address}, ${postcode} ${locality}`;
}

const billsOf = (account: string) => ({ to: '/bills', search: { account } }) as const;

export function MeterAside({ meter }: { readonly meter: MeterDetail }) {
  const { premise, usagePoint, account, customer, agreement } = meter;
  const mayBills = useMay('billing:read');
  return (
    <>
      <Panel title="Location and customer">
        {premise || usagePoint || account ? (
          <Facts
            facts={[
              ['Address', premise && placeOf(premise)],
              ['Usage point', usagePoint && <code>{usagePoint.code}</code>],
              ['Supply', usagePoint && formatWord(usagePoint.state)],
              ['Phase', usagePoint?.phase],
              [
                'Position',
                premise?.lat != null &&
                  premise.lon != null &&
                  `${premise.lat.toFixed(5)}, ${premise.lon.toFixed(5)}`,
              ],
              ['Zone', meter.zone],
              ['Customer', customer && `${customer.name} (${customer.code})`],
              [
                'Account',
                account &&
                  (mayBills ? (
                    <>
                      {account.number}, <Link {...billsOf(account.number)}>bills</Link>
                    </>
                  ) : (
                    account.number
                  )),
              ],
              [
                'Agreement',
                agreement && (
                  <>
                    {mayBills ? <AgreementLink code={agreement.code} /> : agreement.code} since{' '}
                    <Time at={agreement.from} show="date" />
                  </>
                ),
              ],
            ]}
          />
        ) : (
          <p className="muted">Not installed at a usage point.</p>
        )}
        {account && <InviteButton account={account.number} />}
      </Panel>
      <Panel title="Device">
        <Facts
          facts={[
            ['Serial', <code key="s">{meter.serial}</code>],
            ['Make', meter.manufacturer],
            ['Model', meter.model],
            ['Firmware', meter.firmware],
            ['Protocol', meter.protocol],
            ['Addresses', meter.addresses.join(', ')],
          ]}
        />
      </Panel>
      <Panel title="Installation history">
        <Installations meter={meter} />
      </Panel>
    </>
  );
}

function Installations({ meter }: { readonly meter: MeterDetail }) {
  const installations = [...meter.installations].sort((a, b) => b.from.localeCompare(a.from));
  if (installations.length === 0) return <p className="muted">Never installed.</p>;
  return (
    <ol className="timeline" aria-label="Installations, newest first">
      {installations.map((i) => (
        <li key={`${i.usagePointId} ${i.from}`} data-current={i.until === null}>
          <strong>{i.usagePointCode}</strong> {i.until === null && <span className="badge">now</span>}
          {i.address && <div>{i.address}</div>}
          <div className="muted small">
            <Time at={i.from} /> – {i.until ? <Time at={i.until} /> : 'today'}
          </div>
        </li>
      ))}
    </ol>
  );
}

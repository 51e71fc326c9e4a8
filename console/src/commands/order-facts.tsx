/** What an order asks for. */
import type { CommandOrderItem } from '@openami/server/contract';
import { plainText } from '../lib/command-words.ts';
import { formatCount } from '../lib/format.ts';
import { paramLabel } from '../lib/params.ts';
import { Time } from '../ui/time.tsx';
import { useKinds } from './words.tsx';

export function OrderFacts({ order }: { readonly order: CommandOrderItem }) {
  const spec = useKinds().get(order.kind)?.params;
  return (
    <dl className="facts">
      {Object.entries(order.params).map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{spec?.fields[name] ? paramLabel(name, spec.fields[name]) : name}</dt>
          <dd>{typeof value === 'object' ? <code>{plainText(value)}</code> : plainText(value)}</dd>
        </div>
      ))}
      <dt>Meters</dt>
      <dd>{formatCount(order.meters)}</dd>
      {order.reason && (
        <>
          <dt>Reason</dt>
          <dd>{order.reason}</dd>
        </>
      )}
      <dt>Sent between</dt>
      <dd>
        <Time at={order.notBefore} /> and <Time at={order.expiresAt} />
      </dd>
    </dl>
  );
}

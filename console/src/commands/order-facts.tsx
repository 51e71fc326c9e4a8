/** What an order asks for. */

import type { ParamRecord } from '@openami/model';
import type { CommandOrderItem } from '@openami/server/contract';
import { partsText, plainText } from '../lib/command-words.ts';
import { formatCount } from '../lib/format.ts';
import { isMoment, paramLabel } from '../lib/params.ts';
import { type Fact, Facts } from '../ui/facts.tsx';
import { Time } from '../ui/time.tsx';
import { useKinds } from './words.tsx';

export function OrderFacts({ order }: { readonly order: CommandOrderItem }) {
  const spec = useKinds().get(order.kind)?.params;
  const params = Object.entries(order.params).map(
    ([name, value]): Fact => [
      spec?.fields[name] ? paramLabel(name, spec.fields[name]) : name,
      typeof value === 'object' ? <Folded name={name} value={value} /> : shown(spec, name, value),
    ],
  );
  const sent = (
    <>
      <Time at={order.notBefore} /> and <Time at={order.expiresAt} />
    </>
  );
  return (
    <Facts
      facts={[
        ...params,
        ['Meters', formatCount(order.meters)],
        ['Reason', order.reason],
        ['Sent between', sent],
      ]}
    />
  );
}

function shown(spec: ParamRecord | undefined, name: string, value: unknown) {
  const field = spec?.fields[name];
  if (field && isMoment(field)) return <Time at={new Date(Number(value) * 1000).toISOString()} />;
  return plainText(value);
}

/** Tables in a few words, and whole when opened. */
function Folded({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <details>
      <summary>{partsText(name, value)}</summary>
      <pre className="code">{JSON.stringify(value, null, 1)}</pre>
    </details>
  );
}

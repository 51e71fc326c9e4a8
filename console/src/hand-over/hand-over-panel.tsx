/** Settings → Hand-over: webhooks with their events, batches of bills, bills that were refused. */
import { useSession } from '../shell/session.tsx';
import { BatchesPanel } from './batches-panel.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { RefusedPanel } from './refused-panel.tsx';
import { WebhooksPanel } from './webhooks-panel.tsx';

export function HandOverPanel() {
  const { permissions } = useSession();
  const mayHooks = permissions.includes('webhooks:admin');
  const mayWrite = permissions.includes('handover:write');
  return (
    <div className="stack">
      <BatchesPanel mayWrite={mayWrite} />
      <RefusedPanel mayWrite={mayWrite} />
      {mayHooks && <WebhooksPanel />}
      {mayHooks && <DeliveriesPanel />}
    </div>
  );
}

/** An entry of an account waits for another person: a large credit, a deposit, a refund. */
import type { AccountEntryItem } from '@openami/server/contract';
import { send } from '../api.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { useSending } from '../ui/use-sending.ts';

export function EntryDecision(props: {
  readonly entry: AccountEntryItem;
  /** Keys of what shows it. */
  readonly keys: readonly string[];
}) {
  const { entry, keys } = props;
  const may = useMay('billing:approve');
  const { user } = useSession();
  const useDecision = (verb: 'approve' | 'refuse', say: string) =>
    useSending({
      send: () => send<AccountEntryItem>('POST', `/api/v1/account-entries/${entry.id}/${verb}`),
      ...{ keys, what: `${verb} it`, say },
    });
  const approve = useDecision('approve', 'It is on the next bill of the account');
  const refuse = useDecision('refuse', 'It is refused');
  if (!may) return null;
  if (entry.requestedBy === user?.id)
    return <div className="muted small">You asked for it: another person decides it.</div>;
  return (
    <div className="row" style={{ gap: '0.5rem' }}>
      <Button look="primary" onClick={() => approve.mutate()}>
        Approve
      </Button>
      <Button onClick={() => refuse.mutate()}>Refuse</Button>
    </div>
  );
}

/** What to do on a system that is still empty. */
import { Link } from '@tanstack/react-router';
import { Notice } from '../ui/states.tsx';

export function FirstSteps() {
  return (
    <div style={{ marginBottom: '0.75rem' }}>
      <Notice tone="neutral" title="No meters are registered yet">
        <p>
          Import a file with readings in <Link to="/imports">Imports</Link>; it can register the meters it
          names. Or point devices at the broker: what they send is kept under{' '}
          <Link to="/unregistered">Seen, not registered</Link> until you adopt them.
        </p>
      </Notice>
    </div>
  );
}

/** Who may talk to the residential meter, and how they prove themselves. */
import type { AssociationDescription } from '../description.ts';

export const residentialAssociations = [
  {
    name: 'public',
    clientSap: 16,
    mechanism: 'none',
    referencing: 'logical-name',
    level: 'public',
    instance: '0.0.40.0.1.255',
  },
  {
    name: 'reading',
    clientSap: 2,
    mechanism: 'lls',
    referencing: 'logical-name',
    level: 'read',
    instance: '0.0.40.0.2.255',
    securitySetup: '0.0.43.0.2.255',
    counter: '0.0.43.1.1.255',
  },
  {
    name: 'management',
    clientSap: 1,
    mechanism: 'hls-gmac',
    referencing: 'logical-name',
    level: 'manage',
    instance: '0.0.40.0.3.255',
    securitySetup: '0.0.43.0.1.255',
    counter: '0.0.43.1.0.255',
  },
] as const satisfies readonly AssociationDescription[];

/** Which of the own usage points the pages are about; remembered in this browser. */
import { Empty, Ready } from '@openami/console/ui/states.tsx';
import type { My, MyPoint } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useState } from 'react';
import { myQuery } from '../queries.ts';

interface Chosen {
  readonly my: My;
  readonly point: MyPoint;
  choose(id: number): void;
}

const ChosenContext = createContext<Chosen | undefined>(undefined);
const key = 'openami.portal.point';

/** The chosen usage point, the others, and a way to choose. */
export function usePoint(): Chosen {
  const chosen = useContext(ChosenContext);
  if (!chosen) throw new Error('usePoint outside of PointGate');
  return chosen;
}

function remembered(): number {
  try {
    return Number(localStorage.getItem(key));
  } catch {
    return 0;
  }
}

export function PointGate({ children }: { readonly children: ReactNode }) {
  const query = useQuery(myQuery);
  const [id, setId] = useState(remembered);
  const choose = (next: number) => {
    setId(next);
    try {
      localStorage.setItem(key, String(next));
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  };
  return (
    <Ready query={query} what="your accounts">
      {(my) => {
        const point = my.points.find((one) => one.id === id) ?? my.points[0];
        if (!point)
          return (
            <main className="signin">
              <Empty title="No account belongs to this login any more">
                Ask your utility for a new code, and add the account again.
              </Empty>
            </main>
          );
        return <ChosenContext value={{ my, point, choose }}>{children}</ChosenContext>;
      }}
    </Ready>
  );
}

const commodityWords = { electricity: 'Electricity', gas: 'Gas', water: 'Water', heat: 'Heat' } as const;

/** `Electricity, 1 Test Street, Exampleton`. */
export function pointName({ commodity, address, usagePoint, until }: MyPoint): string {
  return `${commodityWords[commodity]}, ${address || usagePoint}${until ? ` (until ${until})` : ''}`;
}

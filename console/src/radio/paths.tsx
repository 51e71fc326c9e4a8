/** The gateways that hear a device: the best, and how many more. */
interface Path {
  readonly gateway: string;
  readonly rssiMean: number | null;
}

const dBm = (value: number | null) => (value === null ? '' : `${Math.round(value)} dBm`);

export function Paths({ paths }: { readonly paths: readonly Path[] }) {
  const [best, ...others] = paths.toSorted((a, b) => (b.rssiMean ?? -999) - (a.rssiMean ?? -999));
  if (best === undefined) return '–';
  const rest = others.map((path) => `${path.gateway} ${dBm(path.rssiMean)}`.trim()).join(', ');
  return (
    <>
      {best.gateway} {dBm(best.rssiMean)}
      {others.length > 0 && (
        <div className="muted small" title={rest}>
          and {others.length} more<span className="sr-only">: {rest}</span>
        </div>
      )}
    </>
  );
}

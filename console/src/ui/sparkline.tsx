/** A few numbers as a line, for a tile. The tile's words carry the meaning. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return <svg className="spark" aria-hidden="true" />;
  const top = Math.max(...values, 1);
  const stepX = 100 / (values.length - 1);
  const points = values.map((v, i) => `${(i * stepX).toFixed(2)},${(28 - (v / top) * 25).toFixed(2)}`);
  return (
    <svg className="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">
      <polygon points={`0,30 ${points.join(' ')} 100,30`} fill="currentColor" opacity="0.12" />
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}

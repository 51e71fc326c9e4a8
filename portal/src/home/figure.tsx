/** A number that counts, with its name above and what belongs to it below. */
export function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly note?: string | undefined;
}) {
  const { name, value, note } = props;
  return (
    <div className="figure">
      <span className="name">{name}</span>
      <span className="value">{value}</span>
      {note && <span className="note">{note}</span>}
    </div>
  );
}

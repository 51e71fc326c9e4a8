/** Methods of estimation a person may name. */
import { SelectField } from '../ui/field.tsx';

const methods = [
  ['', 'Best on the channel’s own history'],
  ['blend', 'Blend of methods'],
  ['linear', 'Straight line between the neighbours'],
  ['like-day', 'The last day of the same kind'],
  ['average-like-day', 'Mean of days of the same kind'],
  ['recent-days', 'Mean of the last days'],
  ['neighbour-days', 'Days before and after'],
  ['typical-day', 'Typical day'],
  ['smoothed-day', 'Typical day, newer days weigh more'],
  ['level-day', 'Typical day at the level around the gap'],
  ['previous-year', 'The same time a year ago'],
  ['check-meter', 'Check meter'],
  ['class-profile', 'Profile of the class'],
  ['flat', 'Flat'],
  ['zero', 'Zero'],
] as const;

export function methodWords(ids: string): string {
  return ids
    .split(', ')
    .map((id) => methods.find(([known]) => known === id)?.[1] ?? id)
    .join(', ');
}

export function MethodSelect(props: { readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <SelectField label="Method" value={props.value} onChange={(e) => props.onChange(e.target.value)}>
      {methods.map(([id, title]) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
    </SelectField>
  );
}

/** What the page of all keys and that of one meter share. */
import type { MeterKeyItem } from '@openami/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { formatWord } from '../lib/format.ts';
import { keyKindName, keyStateHints, keyStateTones } from '../lib/key-words.ts';
import { refresh } from '../queries.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Check, SelectField } from '../ui/field.tsx';
import { Badge } from '../ui/marks.tsx';
import { Ago, Time } from '../ui/time.tsx';

export function KeyState({ state }: { readonly state: MeterKeyItem['state'] }) {
  return (
    <span title={keyStateHints[state]}>
      <Badge tone={keyStateTones[state]}>{formatWord(state)}</Badge>
    </span>
  );
}

/** A time and how long ago it was. */
export function When({ at }: { readonly at: string | null }) {
  if (at === null) return <span className="muted">never</span>;
  return (
    <>
      <Time at={at} show="date" />{' '}
      <span className="muted small">
        <Ago at={at} />
      </span>
    </>
  );
}

const rotated = ['guek', 'gak', 'gbek', 'kek'] as const;
export type RotatedKind = (typeof rotated)[number];

/** Which keys are rotated, and to which suite. */
export function RotationFields(props: {
  readonly kinds: readonly RotatedKind[];
  readonly suite: string;
  readonly onChange: (kinds: readonly RotatedKind[], suite: string) => void;
}) {
  const { kinds, suite, onChange } = props;
  return (
    <>
      <div>
        {rotated.map((kind) => (
          <Check
            key={kind}
            label={keyKindName(kind)}
            checked={kinds.includes(kind)}
            onChange={(on) => onChange(on ? [...kinds, kind] : kinds.filter((each) => each !== kind), suite)}
          />
        ))}
      </div>
      <SelectField
        label="Security suite"
        help="An upgrade cannot be taken back; suite 2 takes new keys of all kinds at once"
        value={suite}
        onChange={(e) => onChange(kinds, e.target.value)}
      >
        <option value="">stays as it is</option>
        <option value="1">1: with ECDSA P-256</option>
        <option value="2">2: AES-GCM-256, P-384</option>
      </SelectField>
    </>
  );
}

/** All that is shown of keys is asked for anew. */
export function useFreshKeys(): () => Promise<void> {
  const client = useQueryClient();
  return () => refresh(client, ['keys', 'meter-keys', 'rotations']);
}

interface Refused {
  readonly code: string;
  readonly detail: string;
}

/** Why something was refused. */
export const refusedColumns: readonly Column<Refused>[] = [
  { name: 'Code', cell: ({ code }) => <code>{code}</code> },
  { name: 'Why', cell: ({ detail }) => detail },
];

const rejectColumns: readonly Column<Refused & { readonly line: number }>[] = [
  { name: 'Line', num: true, cell: ({ line }) => line },
  ...refusedColumns,
];

/** Rows of a key file that were refused. */
export function RejectTable(props: { readonly rejects: readonly (Refused & { readonly line: number })[] }) {
  return (
    <DataTable
      label="Rejected rows"
      columns={rejectColumns}
      rows={props.rejects}
      rowKey={({ line, code }) => `${line} ${code}`}
      maxHeight="16rem"
      empty={null}
    />
  );
}

/** Names of the kinds of keys, and how grave their states are. */

const kinds: Readonly<Record<string, string>> = {
  guek: 'Global unicast encryption key (GUEK)',
  gbek: 'Global broadcast encryption key (GBEK)',
  gak: 'Global authentication key (GAK)',
  kek: 'Master key (KEK)',
  lls: 'Password, low level security',
  hls: 'Secret, high level security',
  sign_client: 'Our signing key',
  agree_client: 'Our key agreement key',
  sign_meter: 'Signing key of the meter, public',
  agree_meter: 'Key agreement key of the meter, public',
};

export function keyKindName(kind: string): string {
  return kinds[kind] ?? kind;
}

export const keyStateTones: Readonly<Record<string, 'good' | 'warn' | 'neutral'>> = {
  active: 'good',
  staged: 'warn',
  previous: 'neutral',
  retired: 'neutral',
};

/** What the seller says on bills: name and address, how to pay, where to complain, carbon factors. */
import type {
  BillDocumentSettings,
  BillDocumentSettingsItem,
  DocumentLanguage,
} from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { carbonFactors, carbonText } from '../lib/carbon-text.ts';
import { billWordsQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { SendForm } from '../ui/dialog-form.tsx';
import { AreaField, SelectField, TextField } from '../ui/field.tsx';
import { Panel } from '../ui/panel.tsx';
import { Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';

const languages: readonly (readonly [DocumentLanguage, string])[] = [
  ...([
    ['en', 'English'],
    ['de', 'German'],
    ['fr', 'French'],
    ['es', 'Spanish'],
    ['nl', 'Dutch'],
    ['pl', 'Polish'],
  ] as const),
];
const carbonHelp =
  'One a line: electricity; 2026-01-01 (counted from); 2025 (its year); 363 (grams of CO₂ a kWh); source. ' +
  'Without one, bills say nothing of carbon.';
const sellerFields = [
  ['name', 'Name of the seller'],
  ['phone', 'Telephone'],
  ['email', 'E-mail'],
  ['web', 'Web'],
  ['register', 'Company register'],
  ['taxNumber', 'Tax number'],
] as const;

export function BillWordsPanel() {
  const query = useQuery(billWordsQuery);
  return (
    <Panel title="What bills say" note="bills that are issued keep the words they were issued with">
      <Ready query={query} what="the words of bills">
        {(words) => <WordsForm key={words.version} words={words} />}
      </Ready>
    </Panel>
  );
}

function settingsOf(words: BillDocumentSettingsItem): BillDocumentSettings {
  const { version: _version, since: _since, changedBy: _changedBy, ...settings } = words;
  return settings;
}

function WordsForm({ words }: { readonly words: BillDocumentSettingsItem }) {
  const [settings, setSettings] = useState(() => settingsOf(words));
  const [address, setAddress] = useState(words.seller.address.join('\n'));
  const [carbon, setCarbon] = useState(carbonText(words.carbon));
  const { factors, fault } = carbonFactors(carbon);
  const change = (part: Partial<BillDocumentSettings>) => setSettings({ ...settings, ...part });
  const lines = address.split('\n').filter((line) => line.trim() !== '');
  const body = { ...settings, seller: { ...settings.seller, address: lines }, carbon: factors };
  const save = useSending({
    send: () => send('PUT', '/api/v1/bill-document-settings', { body, ifVersion: words.version }),
    keys: ['bill-words'],
    say: 'The words of bills are saved',
  });
  return (
    <SendForm
      action={save}
      what="save the words"
      ready={fault === undefined}
      buttons={
        <div className="row">
          <Button
            type="submit"
            look="primary"
            busy={save.isPending && 'Saving …'}
            disabled={fault !== undefined}
          >
            Save for bills from now on
          </Button>
        </div>
      }
    >
      {sellerFields.map(([name, label]) => (
        <TextField
          key={name}
          label={label}
          maxLength={200}
          value={settings.seller[name]}
          onChange={(e) => change({ seller: { ...settings.seller, [name]: e.target.value } })}
        />
      ))}
      <AreaField
        label="Address"
        rows={3}
        help="Six lines at most"
        value={address}
        error={lines.length > 6 ? 'These are more than six lines.' : undefined}
        onChange={(e) => setAddress(e.target.value)}
      />
      <PaymentFields settings={settings} change={change} />
      <SelectField
        label="Language of accounts without one"
        value={settings.language}
        onChange={(e) => change({ language: e.target.value as DocumentLanguage })}
      >
        {languages.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label="Paper"
        value={settings.paper}
        onChange={(e) => change({ paper: e.target.value as BillDocumentSettings['paper'] })}
      >
        <option value="A4">A4</option>
        <option value="LETTER">Letter</option>
      </SelectField>
      <AreaField
        label="Carbon factors"
        rows={4}
        help={carbonHelp}
        error={fault}
        value={carbon}
        onChange={(e) => setCarbon(e.target.value)}
      />
    </SendForm>
  );
}

function PaymentFields(props: {
  readonly settings: BillDocumentSettings;
  readonly change: (part: Partial<BillDocumentSettings>) => void;
}) {
  const { settings, change } = props;
  const { payment, complaints } = settings;
  const [language, setLanguage] = useState(settings.language);
  const named = languages.find(([code]) => code === language)?.[1];
  return (
    <>
      <TextField
        label="Days to pay"
        type="number"
        min={0}
        max={365}
        required
        value={payment.dueDays}
        onChange={(e) => change({ payment: { ...payment, dueDays: Number(e.target.value) } })}
      />
      <TextField
        label="Bank account"
        maxLength={200}
        value={payment.account}
        onChange={(e) => change({ payment: { ...payment, account: e.target.value } })}
      />
      <SelectField
        label="Language of the words below"
        help="Where a language has none, those of the site's language are taken"
        value={language}
        onChange={(e) => setLanguage(e.target.value as DocumentLanguage)}
      >
        {languages.map(([code, name]) => (
          <option key={code} value={code}>
            {name}
          </option>
        ))}
      </SelectField>
      <AreaField
        label={`How to pay, in ${named}`}
        rows={2}
        maxLength={1000}
        value={payment.words[language] ?? ''}
        onChange={(e) =>
          change({ payment: { ...payment, words: { ...payment.words, [language]: e.target.value } } })
        }
      />
      <AreaField
        label={`Where to complain, in ${named}`}
        rows={2}
        maxLength={1000}
        value={complaints[language] ?? ''}
        onChange={(e) => change({ complaints: { ...complaints, [language]: e.target.value } })}
      />
    </>
  );
}

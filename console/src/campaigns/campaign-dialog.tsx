/** Plans a campaign: image, meters, waves, and how many may fail. Nothing is sent before it is started. */
import type { CampaignItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { type ChosenMeter, MeterPicker } from '../commands/meter-picker.tsx';
import { formatBytes, formatCounted } from '../lib/format.ts';
import { usualWaves, waveSizes } from '../lib/waves.ts';
import { imagesQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { Empty, Ready } from '../ui/states.tsx';
import { useSending } from '../ui/use-sending.ts';

interface WaveDraft {
  readonly name: string;
  /** Percent of all meters. */
  readonly upTo: string;
}

const wavesAtFirst: readonly WaveDraft[] = usualWaves.map(({ name, upTo }) => ({
  name,
  upTo: String(upTo / 100),
}));
const hundredths = (percent: string) => Math.round(Number(percent) * 100);
const mostWaves = 20;
const mostMeters = 1_000_000;

export function CampaignDialog(props: {
  readonly onClose: () => void;
  readonly onDone: (id: number) => void;
}) {
  const images = useQuery(imagesQuery);
  return (
    <Dialog title="Plan a campaign" wide onClose={props.onClose}>
      <Ready query={images} what="images">
        {(all) =>
          all.length === 0 ? (
            <Empty icon="file" title="No image is here yet">
              An administrator adds one on the tab Images first.
            </Empty>
          ) : (
            <PlanForm
              {...props}
              images={all.map(({ id, name, firmware, bytes }) => ({
                id,
                label: `${name}, version ${firmware}, ${formatBytes(bytes)}`,
              }))}
            />
          )
        }
      </Ready>
    </Dialog>
  );
}

function PlanForm(props: {
  readonly images: readonly { readonly id: number; readonly label: string }[];
  readonly onClose: () => void;
  readonly onDone: (id: number) => void;
}) {
  const [name, setName] = useState('');
  const [imageId, setImageId] = useState(String(props.images[0]!.id));
  const [meters, setMeters] = useState<readonly ChosenMeter[]>([]);
  const [waves, setWaves] = useState(wavesAtFirst);
  const [rules, setRules] = useState({ haltRate: '1', from: '', activateAt: '' });
  const plan = useSending({
    send: () => {
      const fromVersions = rules.from.split(',').map((text) => text.trim());
      return send<CampaignItem>('POST', '/api/v1/campaigns', {
        body: {
          ...{ name, imageId: Number(imageId), meterIds: meters.map(({ id }) => id) },
          waves: waves.map((wave) => ({ name: wave.name, upTo: hundredths(wave.upTo) })),
          haltRate: hundredths(rules.haltRate),
          fromVersions: fromVersions.filter((version) => version !== ''),
          ...(rules.activateAt && { activateAt: new Date(`${rules.activateAt}Z`).toISOString() }),
        },
      });
    },
    keys: ['campaigns'],
    say: (campaign) => `Campaign “${campaign.name}” planned; nothing was sent yet`,
    onClose: (campaign) => props.onDone(campaign.id),
  });
  return (
    <DialogForm
      action={plan}
      what="plan the campaign"
      ready={meters.length > 0}
      button="Plan it"
      busy="Planning …"
      onClose={props.onClose}
    >
      <TextField
        label="Name"
        required
        maxLength={200}
        value={name}
        onChange={(e) => setName(e.target.value)}
      />
      <SelectField label="Image" value={imageId} onChange={(e) => setImageId(e.target.value)}>
        {props.images.map((image) => (
          <option key={image.id} value={image.id}>
            {image.label}
          </option>
        ))}
      </SelectField>
      <MeterPicker chosen={meters} most={mostMeters} onChange={setMeters} />
      <WaveFields waves={waves} meters={meters.length} onChange={setWaves} />
      <RuleFields rules={rules} onChange={setRules} />
    </DialogForm>
  );
}

function WaveFields(props: {
  readonly waves: readonly WaveDraft[];
  readonly meters: number;
  readonly onChange: (waves: readonly WaveDraft[]) => void;
}) {
  const { waves, meters, onChange } = props;
  const sizes = waveSizes(
    waves.map(({ name, upTo }) => ({ name, upTo: hundredths(upTo) })),
    meters,
  );
  const set = (at: number, change: Partial<WaveDraft>) =>
    onChange(waves.map((wave, i) => (i === at ? { ...wave, ...change } : wave)));
  return (
    <fieldset className="param-box">
      <legend>Waves: the next begins when all of one are through; the meters chosen first come first</legend>
      {waves.map((wave, i) => (
        <div key={i} className="wave-fields">
          <TextField
            label={`Wave ${i + 1}`}
            required
            maxLength={50}
            value={wave.name}
            onChange={(e) => set(i, { name: e.target.value })}
          />
          <TextField
            label="Up to, % of all"
            type="number"
            required
            min={0.01}
            max={100}
            step={0.01}
            value={wave.upTo}
            onChange={(e) => set(i, { upTo: e.target.value })}
          />
          <span className="muted small">{meters > 0 && formatCounted(sizes[i] ?? 0, 'meter')}</span>
          {waves.length > 1 && (
            <Button
              look="quiet"
              icon="minus"
              aria-label={`Remove wave ${i + 1}`}
              onClick={() => onChange(waves.filter((_, at) => at !== i))}
            >
              Remove
            </Button>
          )}
        </div>
      ))}
      {waves.length < mostWaves && (
        <div className="row">
          <Button icon="plus" onClick={() => onChange([...waves, { name: 'all', upTo: '100' }])}>
            Add a wave
          </Button>
        </div>
      )}
    </fieldset>
  );
}

interface Rules {
  readonly haltRate: string;
  readonly from: string;
  readonly activateAt: string;
}

function RuleFields(props: { readonly rules: Rules; readonly onChange: (rules: Rules) => void }) {
  const { rules, onChange } = props;
  return (
    <div className="option-grid">
      <TextField
        label="Stop when more than, % of a wave, fail"
        type="number"
        required
        min={0}
        max={100}
        step={0.01}
        value={rules.haltRate}
        onChange={(e) => onChange({ ...rules, haltRate: e.target.value })}
      />
      <TextField
        label="Only over versions"
        help="Separated by commas; empty: over any"
        value={rules.from}
        onChange={(e) => onChange({ ...rules, from: e.target.value })}
      />
      <TextField
        label="Activate not before, UTC"
        type="datetime-local"
        help="Empty: as soon as it is verified"
        value={rules.activateAt}
        onChange={(e) => onChange({ ...rules, activateAt: e.target.value })}
      />
    </div>
  );
}

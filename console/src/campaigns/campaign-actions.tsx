/** Start, pause, go on, abort: what the campaign's state and the person's rights allow. */
import type { CampaignItem } from '@openami/server/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { formatCounted } from '../lib/format.ts';
import { safetyQuery } from '../queries.ts';
import { useMay, useSession } from '../shell/session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { DialogForm } from '../ui/dialog-form.tsx';
import { TextField } from '../ui/field.tsx';
import { useSending } from '../ui/use-sending.ts';

type Move = 'start' | 'pause' | 'resume' | 'abort';

const done: Readonly<Record<Move, string>> = {
  start: 'Campaign started',
  pause: 'Campaign paused; what was told to activate does',
  resume: 'Campaign goes on',
  abort: 'Campaign aborted; meters keep the version they run',
};

export function CampaignActions({ campaign }: { readonly campaign: CampaignItem }) {
  const write = useMay('commands:write');
  const approve = useMay('commands:approve');
  const { user } = useSession();
  const { data: safety } = useQuery(safetyQuery);
  const [asked, setAsked] = useState<Move>();
  const { state } = campaign;
  const open = state === 'running' || state === 'paused' || state === 'halted' || state === 'draft';
  const two = safety !== undefined && campaign.meters > safety.fourEyesAboveMeters;
  const own = campaign.createdBy === user?.id;
  if (!open || !write) return null;
  return (
    <>
      {state === 'draft' && approve && two && own && (
        <span className="muted">You planned it: another person must start it.</span>
      )}
      {state === 'running' && <Button onClick={() => setAsked('pause')}>Pause …</Button>}
      {(state === 'paused' || state === 'halted') && approve && (
        <Button onClick={() => setAsked('resume')}>Go on …</Button>
      )}
      <Button look="danger" onClick={() => setAsked('abort')}>
        Abort …
      </Button>
      {state === 'draft' && approve && !(two && own) && (
        <Button look="primary" onClick={() => setAsked('start')}>
          Start …
        </Button>
      )}
      {asked && <MoveDialog move={asked} campaign={campaign} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function wordsOf(move: Move, campaign: CampaignItem): { title: string; text: string; button: string } {
  const meters = formatCounted(campaign.meters, 'meter');
  const first = campaign.waves[0]?.name ?? 'the first';
  const words = {
    start: {
      title: 'Start the campaign?',
      text: `It brings the image to ${meters}, wave “${first}” first. A meter restarts when it activates it.`,
      button: 'Start it',
    },
    pause: {
      title: 'Pause the campaign?',
      text: 'No further block is sent. Meters that were told to activate do so.',
      button: 'Pause it',
    },
    resume: {
      title: 'Go on with the campaign?',
      text: 'Each meter goes on from the blocks that it has.',
      button: 'Go on',
    },
    abort: {
      title: 'Abort the campaign?',
      text: 'Meters keep the version they run; what was told to activate does. It cannot be started again.',
      button: 'Abort it',
    },
  } as const;
  return words[move];
}

function MoveDialog(props: {
  readonly move: Move;
  readonly campaign: CampaignItem;
  readonly onClose: () => void;
}) {
  const { move, campaign } = props;
  const words = wordsOf(move, campaign);
  // A campaign that stopped by itself goes on only when more may fail.
  const halted = move === 'resume' && campaign.state === 'halted';
  const least = campaign.haltRate / 100;
  const [percent, setPercent] = useState('');
  const go = useSending({
    send: () =>
      send('POST', `/api/v1/campaigns/${campaign.id}/${move}`, {
        ...(halted ? { body: { haltRate: Math.round(Number(percent) * 100) } } : {}),
      }),
    keys: ['campaigns', 'campaign', 'campaign-meters'],
    say: done[move],
    onClose: props.onClose,
  });
  return (
    <Dialog title={words.title} onClose={props.onClose}>
      <DialogForm
        action={go}
        what={`${move} the campaign`}
        look={move === 'abort' ? 'danger' : 'primary'}
        button={words.button}
        leave="Leave it"
        onClose={props.onClose}
      >
        <p>{words.text}</p>
        {halted && (
          <TextField
            label="Stop when more than, % of a wave, fail"
            type="number"
            required
            min={least + 0.01}
            max={100}
            step={0.01}
            help={`Above the ${least} % that were allowed`}
            value={percent}
            onChange={(e) => setPercent(e.target.value)}
          />
        )}
      </DialogForm>
    </Dialog>
  );
}

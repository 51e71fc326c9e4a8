/** Applies an edit: what it changes, who must agree, why. What changed meanwhile is not overwritten. */
import type { EditItem, EditPreviewItem, VeeDay } from '@openami/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '../api.ts';
import { formatCounted, formatDay } from '../lib/format.ts';
import { exceptionCount, formatChange } from '../lib/work-list.ts';
import { Check } from '../ui/field.tsx';
import { ReasonDialog } from '../ui/reason-dialog.tsx';
import { ErrorBox, Notice } from '../ui/states.tsx';
import { toast } from '../ui/toast.tsx';
import { useReason } from '../ui/use-reason.ts';
import { noteEdit, refresh } from './decisions.ts';
import type { DayWork } from './use-day-work.ts';

interface Edit {
  readonly action: 'estimate' | 'edit';
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly method?: string;
  readonly values?: readonly { readonly end: number; readonly value: number | null }[];
}

export function ApplyDialog(props: {
  readonly day: VeeDay;
  readonly edit: Edit;
  readonly basis: number;
  readonly openIds: readonly number[];
  readonly work: DayWork;
  readonly onClose: () => void;
}) {
  const { day, edit, basis, openIds, work, onClose } = props;
  const why = useReason(edit.action);
  const [decides, setDecides] = useState(true);
  const client = useQueryClient();
  const body = { channelId: day.channelId, ...edit };
  const preview = useQuery({
    queryKey: ['vee', 'preview', body, basis],
    queryFn: ({ signal }) => send<EditPreviewItem>('POST', '/api/v1/vee/edits/preview', { body, signal }),
    retry: false,
  });
  const apply = useMutation({
    mutationFn: () =>
      send<EditItem>('POST', '/api/v1/vee/edits', {
        body: {
          ...body,
          reason: why.reason.trim(),
          basis,
          ...(decides && openIds.length > 0 && { exceptionIds: openIds }),
        },
      }),
    onSuccess: async (made) => {
      why.keep();
      const what = `${day.serial}, ${formatDay(day.day, 'short')}`;
      noteEdit(made, `${what} ${edit.action === 'edit' ? 'edited' : 'estimated'}`);
      if (made.state === 'pending') toast('neutral', 'A second person must approve', what);
      else toast('good', `Applied: ${what}`);
      onClose();
      work.leave();
      await refresh(client);
    },
    onError: async (error) => {
      if (!(error instanceof ApiError && error.code === 'VEE_CHANGED')) return;
      await work.reload();
      onClose();
    },
  });
  return (
    <ReasonDialog
      title={edit.action === 'edit' ? 'Apply the edit' : 'Apply the estimate'}
      why={why}
      action={apply}
      what="apply it"
      button="Apply"
      busy="Applying …"
      onClose={onClose}
    >
      {preview.error ? (
        <ErrorBox error={preview.error} what="work out what it changes" />
      ) : (
        <p role="status">{preview.data ? changeWords(preview.data) : 'Working out what it changes …'}</p>
      )}
      {preview.data?.needsApproval && (
        <Notice tone="warn" title="A second person must approve">
          <p>It moves much of what this channel uses in a month. Until then nothing changes.</p>
        </Notice>
      )}
      {openIds.length > 0 && (
        <Check
          label={`It settles the ${exceptionCount(openIds.length)} open on this day`}
          checked={decides}
          onChange={setDecides}
        />
      )}
    </ReasonDialog>
  );
}

function changeWords({ after, change, baseUnit }: EditPreviewItem): string {
  return `${formatCounted(after.length, 'interval')} change, the sum by ${formatChange(change, baseUnit)}.`;
}

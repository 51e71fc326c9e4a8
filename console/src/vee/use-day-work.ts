/**
 * What a person is about to do with a day: nothing, an estimate that is previewed, or values of their own.
 */
import type { EditPreviewItem, VeeDay } from '@openami/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { type Draft, noDraft, withValue } from '../lib/day-edit.ts';

type Mode = 'estimate' | 'edit';
export interface SlotSpan {
  readonly from: number;
  readonly to: number;
}

export interface DayWork {
  readonly mode: Mode | undefined;
  /** Shown on the chart: what is typed, or what the previewed estimate would write. */
  readonly draft: Draft;
  readonly slot: number;
  readonly method: string;
  readonly span: SlotSpan;
  readonly preview: EditPreviewItem | undefined;
  readonly previewError: unknown;
  /** Somebody or something else changed the day since it was loaded. */
  readonly changed: boolean;
  begin(mode: Mode): void;
  leave(): void;
  setDraft(draft: Draft): void;
  setValue(slot: number, counts: number | null): void;
  setSlot(slot: number): void;
  setMethod(method: string): void;
  setSpan(span: SlotSpan): void;
  reload(): Promise<void>;
}

export function useDayWork(day: VeeDay, open: SlotSpan): DayWork {
  const [mode, setMode] = useState<Mode>();
  const [typed, setDraft] = useState<Draft>(noDraft);
  const [slot, setSlot] = useState(-1);
  const [method, setMethod] = useState('');
  const [span, setSpan] = useState(open);
  const [changed, setChanged] = useState(false);
  const client = useQueryClient();
  const body = {
    ...{ channelId: day.channelId, action: 'estimate', ...(method && { method }) },
    ...{ firstEnd: day.ends[span.from]!, lastEnd: day.ends[span.to]! },
  };
  const preview = useQuery({
    queryKey: ['vee', 'preview', body, day.basis],
    queryFn: ({ signal }) => send<EditPreviewItem>('POST', '/api/v1/vee/edits/preview', { body, signal }),
    enabled: mode === 'estimate',
    retry: false,
  });
  const estimated: Draft = new Map(preview.data?.after.map(({ end, value }) => [end, value]));
  return {
    ...{ mode, slot, method, span, changed, setSlot, setMethod, setSpan, setDraft },
    draft: mode === 'estimate' ? estimated : mode === 'edit' ? typed : noDraft,
    preview: mode === 'estimate' ? preview.data : undefined,
    previewError: mode === 'estimate' ? preview.error : undefined,
    begin(next) {
      if (mode !== next) setSpan(open);
      if (next === 'edit' && slot < 0) setSlot(open.from);
      setMode(next);
    },
    leave() {
      setMode(undefined);
      setDraft(noDraft);
      setChanged(false);
    },
    setValue: (at, counts) => setDraft((before) => withValue(day, before, at, counts)),
    async reload() {
      await client.invalidateQueries({ queryKey: ['vee'] });
      // Said when what is there now is on the screen.
      setChanged(true);
    },
  };
}

/** What a dialog sends. After it, what shows it is asked for anew, it is said, and the dialog closes. */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../queries.ts';
import type { Tone } from './states.tsx';
import { toast } from './toast.tsx';

type Said = string | readonly [title: string, detail: string];

export function useSending<T>(props: {
  readonly send: () => Promise<T>;
  /** Keys of what shows it. */
  readonly keys: readonly string[];
  readonly say: Said | ((answer: T) => Said);
  readonly tone?: Tone;
  readonly onClose: (answer: T) => void;
}): UseMutationResult<T, Error, void> {
  const { say, tone = 'good' } = props;
  const client = useQueryClient();
  return useMutation({
    mutationFn: props.send,
    onSuccess: async (answer) => {
      await refresh(client, props.keys);
      const [title = '', detail] = [typeof say === 'function' ? say(answer) : say].flat();
      toast(tone, title, detail);
      props.onClose(answer);
    },
  });
}

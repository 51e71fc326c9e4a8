/** What a dialog or a button sends. What shows it is asked for anew then, it is said, and a dialog closes. */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { refresh } from '../queries.ts';
import type { Tone } from './states.tsx';
import { toast, toastError } from './toast.tsx';

type Said = string | readonly [title: string, detail: string];

export function useSending<T>(props: {
  readonly send: () => Promise<T>;
  /** Keys of what shows it. */
  readonly keys: readonly string[];
  readonly say: Said | ((answer: T) => Said);
  readonly tone?: Tone;
  /** What could not be done where it failed, `stop it`: of buttons, which have no form that shows it. */
  readonly what?: string;
  readonly onClose?: (answer: T) => void;
}): UseMutationResult<T, Error, void> {
  const { say, tone = 'good', what } = props;
  const client = useQueryClient();
  return useMutation({
    mutationFn: props.send,
    onSuccess: async (answer) => {
      await refresh(client, props.keys);
      const [title = '', detail] = [typeof say === 'function' ? say(answer) : say].flat();
      toast(tone, title, detail);
      props.onClose?.(answer);
    },
    onError: (error) => {
      if (what !== undefined) toastError(what, error);
    },
  });
}

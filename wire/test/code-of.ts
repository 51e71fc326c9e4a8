import { OpenAmiError } from '@openami/model';

/** The code of the error of ours that `work` raises, `ok` where it raises none. */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof OpenAmiError) return error.code;
    throw error;
  }
  return 'ok';
}

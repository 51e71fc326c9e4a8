/** `openami model`: drafts of meter models, and their samples run. */
import { readFile } from 'node:fs/promises';
import { OpenAmiError } from '@openami/model';
import type { SampleResult } from '@openami/wire/models';
import type { Command } from 'commander';
import { serverErrors } from '../../errors.ts';
import { printJson } from '../output.ts';
import type { CliContext } from '../program.ts';

const example = `
Example:
  openami model new --telegram 18442d3c1704002603077a2a0000000413e25d0600023b5600 > draft.json
  openami model test draft.json`;

const newHelp = `
The draft has a name for every record, and the telegram as its first sample; what a person should look at
is told on standard error. docs/guides/meter-models.md says how to go on.
${example}`;

const testHelp = `
A line for each sample: "ok", and in "faults" what differs. Exit code 1 when a sample does not agree or a file
is not right.
${example}`;

/** Adds the verb. */
export function addModel(program: Command, context: CliContext): void {
  const model = program
    .command('model')
    .description('meter models: a draft from a telegram, samples as tests')
    .addHelpText('after', '\nExample:\n  openami model test wire/models/hydrus.json');
  model
    .command('new')
    .description('print a draft of a model')
    .requiredOption('--telegram <hex>', 'a telegram of the meter, wireless or wired')
    .option('--key <hex>', 'its key, where it is encrypted')
    .addHelpText('after', newHelp)
    .action(async ({ telegram, key }: { telegram: string; key?: string }) => {
      const [{ readModelLibrary }, { newModel }] = await libraries();
      const { model: draft, notes } = newModel(telegram, key, readModelLibrary());
      context.output.out(`${JSON.stringify(draft, undefined, 2)}\n`);
      for (const note of notes) context.output.err(`${note}\n`);
    });
  model
    .command('test')
    .description('run the samples of models')
    .argument('<file...>', 'files of models')
    .addHelpText('after', testHelp)
    .action(async (files: string[]) => {
      const [{ readModelLibrary }, { modelErrors, testModel }] = await libraries();
      const library = readModelLibrary();
      const test = (text: string) =>
        testModel(
          contentOf(text, (why) => modelErrors.MODEL_INVALID(why)),
          library,
        );
      for (const file of files) {
        for (const line of await samplesOf(file, test)) {
          if (!line.ok) context.exitCode = 1;
          printJson(context.output, line);
        }
      }
    });
}

const libraries = () => Promise.all([import('@openami/headend'), import('@openami/wire/models')]);

type Line = { readonly file: string; readonly ok: boolean; readonly [name: string]: unknown };

/** A file that is not right is one line; the others go on. */
async function samplesOf(file: string, test: (text: string) => SampleResult[]): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw serverErrors.USAGE(`${file} cannot be read`);
  });
  try {
    return test(text).map(({ sample, about, ok, faults }) => ({ file, sample, about, ok, faults }));
  } catch (error) {
    if (!(error instanceof OpenAmiError)) throw error;
    const { code, message, data } = error;
    return [{ file, ok: false, error: { code, message, data } }];
  }
}

function contentOf(text: string, invalid: (why: string) => OpenAmiError): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`no JSON: ${String(error)}`);
  }
}

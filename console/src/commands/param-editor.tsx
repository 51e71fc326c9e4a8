/** Parameters of a command: begun from what a meter has, filled in as fields and tables or as JSON. */
import type { CommandKindItem, Look } from '@openami/server/contract';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api.ts';
import { draftFound, draftJson, loadable } from '../lib/param-load.ts';
import { type Draft, draftOf, paramValue } from '../lib/params.ts';
import { announce } from '../ui/announce.tsx';
import { Button } from '../ui/button.tsx';
import { AreaField } from '../ui/field.tsx';
import { ErrorBox } from '../ui/states.tsx';
import type { ChosenMeter } from './meter-picker.tsx';
import { ParamFields } from './param-fields.tsx';

export function ParamEditor(props: {
  readonly kind: CommandKindItem;
  readonly draft: Draft;
  readonly meter: ChosenMeter | undefined;
  readonly onChange: (draft: Draft) => void;
}) {
  const { kind, draft, onChange } = props;
  const spec = kind.params;
  const [json, setJson] = useState<string>();
  const isLoadable = loadable(kind.name);
  if (Object.keys(spec.fields).length === 0) return null;
  const take = (next: Draft) => {
    setJson(json === undefined ? undefined : draftJson(spec, next));
    onChange(next);
  };
  return (
    <>
      {isLoadable && (
        <div className="row">
          <LoadButton {...props} onLoaded={take} />
          <Button
            aria-pressed={json !== undefined}
            onClick={() => setJson(json === undefined ? draftJson(spec, draft) : undefined)}
          >
            {json === undefined ? 'Edit as JSON' : 'Edit as tables'}
          </Button>
        </div>
      )}
      {json === undefined ? (
        <ParamFields spec={spec} draft={draft} onChange={onChange} />
      ) : (
        <JsonField
          value={json}
          onChange={(text, value) => {
            setJson(text);
            if (value !== undefined) onChange(draftOf(spec, value));
          }}
        />
      )}
    </>
  );
}

/** Reads the first of the chosen meters, and begins with what it has. */
function LoadButton(props: {
  readonly kind: CommandKindItem;
  readonly draft: Draft;
  readonly meter: ChosenMeter | undefined;
  readonly onLoaded: (draft: Draft) => void;
}) {
  const { kind, meter, draft, onLoaded } = props;
  const load = useMutation({
    mutationFn: () => {
      const params = paramValue(kind.params, draft);
      const body = { meterId: meter?.id, kind: kind.name, params };
      return send<Look>('POST', '/api/v1/commands/look', { body });
    },
    onSuccess: ({ found }) => {
      onLoaded(draftFound(kind.name, kind.params, draft, found));
      announce(`Loaded what ${meter?.serial} has now`);
    },
  });
  return (
    <>
      <Button
        icon="download"
        disabled={!meter}
        busy={load.isPending && 'Reading …'}
        onClick={() => load.mutate()}
      >
        {meter ? `Begin with what ${meter.serial} has` : 'Begin with what a meter has'}
      </Button>
      {load.error && <ErrorBox error={load.error} what={`read ${meter?.serial}`} />}
    </>
  );
}

function JsonField(props: {
  readonly value: string;
  readonly onChange: (text: string, value: unknown) => void;
}) {
  const parsed = parse(props.value);
  const error = 'error' in parsed ? parsed.error : undefined;
  return (
    <AreaField
      label="Parameters as JSON"
      className="input code"
      rows={16}
      spellCheck={false}
      value={props.value}
      error={error}
      ref={(element) => element?.setCustomValidity(error ?? '')}
      onChange={(e) => {
        const next = parse(e.target.value);
        props.onChange(e.target.value, 'value' in next ? next.value : undefined);
      }}
    />
  );
}

function parse(text: string): { readonly value: unknown } | { readonly error: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return { value };
    return { error: 'This is JSON, but no object' };
  } catch (error) {
    return { error: `This is no JSON: ${(error as Error).message}` };
  }
}

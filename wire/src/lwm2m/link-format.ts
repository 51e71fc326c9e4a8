/** Links of CoRE (RFC 6690), as registrations list their objects. */
import { lwm2mErrors } from './errors.ts';

export interface CoreLink {
  readonly target: string;
  /** Attributes in their order; one without a value has an empty one. */
  readonly attributes: readonly (readonly [name: string, value: string])[];
}

const MAX_LINKS = 5_000;
const MAX_CHARS = 64 * 1024;
const TARGET = /\s*<([^<>\s]*)>\s*/y;
const ATTRIBUTE =
  /;\s*([A-Za-z0-9!#$&+.^_`|~-]+\*?)\s*(?:=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s",;]*)))?\s*/y;

/** The links of a text. Throws LWM2M_REGISTRATION. */
export function parseLinks(text: string): CoreLink[] {
  if (text.length > MAX_CHARS) throw wrong(`${text.length} characters`);
  const links: CoreLink[] = [];
  let at = 0;
  if (text.trim() === '') return links;
  for (;;) {
    if (links.length === MAX_LINKS) throw wrong(`more than ${MAX_LINKS} links`);
    TARGET.lastIndex = at;
    const target = TARGET.exec(text);
    if (target === null) throw wrong(`character ${at} begins no link`);
    at = TARGET.lastIndex;
    const attributes: [string, string][] = [];
    for (;;) {
      ATTRIBUTE.lastIndex = at;
      const attribute = ATTRIBUTE.exec(text);
      if (attribute === null) break;
      at = ATTRIBUTE.lastIndex;
      attributes.push([attribute[1]!, attribute[2]?.replace(/\\(.)/g, '$1') ?? attribute[3] ?? '']);
    }
    links.push({ target: target[1]!, attributes });
    if (at === text.length) return links;
    if (text[at] !== ',') throw wrong(`character ${at} is neither a comma nor an attribute`);
    at += 1;
  }
}

function wrong(detail: string) {
  return lwm2mErrors.LWM2M_REGISTRATION(`links: ${detail}`, { clause: 'RFC 6690 clause 2' });
}

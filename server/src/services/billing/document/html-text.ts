/** Markup out of text: everything that is text is escaped here. */

const escapes: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

/** Text as it may stand in HTML, also within quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => escapes[one]!);
}

/** Markup that may be put into other markup as it is. */
export interface Markup {
  readonly markup: string;
}

type Part = string | Markup;
type Attributes = Readonly<Record<string, string | number>>;

/** An element; texts within it and values of its attributes are escaped, markup is not. */
export function element(name: string, attributes: Attributes, ...parts: readonly Part[]): Markup {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeHtml(String(value))}"`);
  const inner = parts.map((part) => (typeof part === 'string' ? escapeHtml(part) : part.markup));
  return { markup: `<${name}${given.join('')}>${inner.join('')}</${name}>` };
}

/** A PDF read back: its text in the order of its structure, tags, and what it says of itself. */
import { getDocumentProxy } from 'unpdf';

export interface ReadPdf {
  readonly pages: number;
  readonly language: string;
  readonly title: string;
  /** Texts in the order they are read out, one an element of the structure. */
  readonly texts: readonly string[];
  /** Tags in the same order. */
  readonly tags: readonly string[];
  /** Text of figures for those who do not see them. */
  readonly alternatives: readonly string[];
  /** Texts that reach over an edge of the paper. */
  readonly outside: readonly string[];
}

interface Node {
  readonly role?: string;
  readonly alt?: string;
  readonly type?: string;
  readonly id?: string;
  readonly children?: readonly Node[];
}

interface Item {
  readonly type?: string;
  readonly id?: string;
  readonly str?: string;
  readonly width?: number;
  readonly transform?: readonly number[];
}

function isOutside({ transform, width = 0 }: Item, right: number, top: number): boolean {
  const [, , , , x = 0, y = 0] = transform ?? [];
  return x < 0 || x + width > right || y < 0 || y > top;
}

export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  const { info } = (await pdf.getMetadata()) as { info: { Language?: string; Title?: string } };
  const read = { texts: [] as string[], tags: [] as string[], alternatives: [] as string[] };
  const outside: string[] = [];
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent({ includeMarkedContent: true });
    const written = new Map<string, string>();
    const open: string[] = [];
    const [, , right, top] = page.view as [number, number, number, number];
    for (const item of items as Item[]) {
      if (item.str !== undefined && isOutside(item, right, top)) outside.push(item.str);
      if (item.type?.startsWith('beginMarkedContent')) open.push(item.id ?? '');
      else if (item.type === 'endMarkedContent') open.pop();
      else if (item.str !== undefined && item.str.trim() !== '') {
        const id = open.at(-1) ?? '';
        written.set(id, `${written.has(id) ? `${written.get(id)} ` : ''}${item.str}`);
      }
    }
    walk((await page.getStructTree()) as Node, written, read);
  }
  return { pages: pdf.numPages, language: info.Language ?? '', title: info.Title ?? '', ...read, outside };
}

function walk(
  node: Node,
  written: ReadonlyMap<string, string>,
  read: { texts: string[]; tags: string[]; alternatives: string[] },
): void {
  if (node.role !== undefined) read.tags.push(node.role);
  if (node.alt !== undefined) read.alternatives.push(node.alt);
  if (node.type === 'content' && node.id !== undefined && written.has(node.id))
    read.texts.push(written.get(node.id)!);
  for (const child of node.children ?? []) walk(child, written, read);
}

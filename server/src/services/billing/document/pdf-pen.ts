/** Writes down a page: keeps the place, breaks lines and pages, and tags what it writes. */
import type PDFDocument from 'pdfkit';
import { type FontName, plainText, textWidth } from './pdf-font.ts';

export type Doc = InstanceType<typeof PDFDocument>;
export type Structure = PDFKit.PDFStructureElement;

/** What an element says of itself. */
export interface TagOptions {
  readonly alt?: string;
  /** Left, top, right, bottom. */
  readonly bbox?: readonly [number, number, number, number];
  /** Of a header cell. */
  readonly scope?: 'Row' | 'Column';
}

export interface Style {
  readonly font: FontName;
  readonly size: number;
  readonly color: string;
}

export const ink = '#14202b';
export const soft = '#4a5a68';
export const line = '#c3ccd4';
export const band = '#eef2f5';
export const strong = '#0b4f8a';

export const styles = {
  text: { font: 'text', size: 9, color: ink },
  small: { font: 'text', size: 7.5, color: soft },
  strong: { font: 'bold', size: 9, color: ink },
  party: { font: 'bold', size: 10, color: ink },
  heading: { font: 'bold', size: 12, color: ink },
  title: { font: 'bold', size: 19, color: ink },
  amount: { font: 'bold', size: 20, color: ink },
} as const satisfies Record<string, Style>;

const margin = 48;
/** Room at the foot of a page for its number. */
const foot = 24;

export class Pen {
  readonly doc: Doc;
  readonly left = margin;
  readonly width: number;
  y = margin;
  readonly #bottom: number;

  constructor(doc: Doc) {
    this.doc = doc;
    this.width = doc.page.width - 2 * margin;
    this.#bottom = doc.page.height - margin - foot;
  }

  /** Height of a line, points. */
  leading({ size }: Style): number {
    return size * 1.36;
  }

  /** Begins a new page where less than `height` is left. Returns whether it did. */
  need(height: number): boolean {
    if (this.y + height <= this.#bottom) return false;
    this.doc.addPage();
    this.y = margin;
    return true;
  }

  /** Lines of a text in a width; a word that is wider is cut. */
  lines(text: string, style: Style, width: number): string[] {
    const widthOf = (part: string) => textWidth(part, style.font, style.size);
    const whole = plainText(text).trim();
    if (whole !== '' && widthOf(whole) <= width) return [whole];
    const lines: string[] = [];
    let open = '';
    for (const word of whole.split(/\s+/)) {
      const longer = open === '' ? word : `${open} ${word}`;
      if (widthOf(longer) <= width) {
        open = longer;
        continue;
      }
      if (open !== '') lines.push(open);
      open = word;
      while (widthOf(open) > width && open.length > 1) {
        let end = open.length - 1;
        while (end > 1 && widthOf(open.slice(0, end)) > width) end--;
        lines.push(open.slice(0, end));
        open = open.slice(end);
      }
    }
    if (open !== '') lines.push(open);
    return lines;
  }

  /** Writes a line at a place, the upper edge of its room. Marked by whoever calls. */
  write(text: string, style: Style, x: number, y: number): void {
    this.doc.font(style.font).fontSize(style.size).fillColor(style.color);
    this.doc.text(plainText(text), x, y, { lineBreak: false });
  }

  /** Writes a line that ends at `right`. */
  writeEnd(text: string, style: Style, right: number, y: number): void {
    this.write(text, style, right - widthIn(text, style), y);
  }

  /** A paragraph under a parent, over pages where it must be. */
  paragraph(parent: Structure, tag: string, text: string, style: Style, place: Partial<Place> = {}): void {
    const { x = this.left, width = this.width } = place;
    const lines = this.lines(text, style, width);
    if (lines.length === 0) return;
    const element = this.element(parent, tag);
    const leading = this.leading(style);
    for (let i = 0; i < lines.length; ) {
      this.need(leading);
      const fits = Math.max(1, Math.floor((this.#bottom - this.y + 0.01) / leading));
      const page = lines.slice(i, i + fits);
      element.add(() => {
        for (const one of page) {
          this.write(one, style, x, this.y);
          this.y += leading;
        }
      });
      i += page.length;
    }
    element.end();
  }

  /** An element of the structure, below another. */
  element(parent: Structure, tag: string, options: TagOptions = {}): Structure {
    const element = this.doc.struct(tag, options);
    parent.add(element);
    return element;
  }

  /** Draws what is not read out: lines, backgrounds, page numbers. */
  decoration(draw: () => void): void {
    this.doc.markContent('Artifact', { type: 'Layout' });
    draw();
    this.doc.endMarkedContent();
  }
}

/** Width of a line, points. */
export function widthIn(text: string, { font, size }: Style): number {
  return textWidth(plainText(text), font, size);
}

interface Place {
  readonly x: number;
  readonly width: number;
}

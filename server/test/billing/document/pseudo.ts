/** Languages nobody speaks: every message is there, longer, and in letters that no untranslated text has. */
import { en, type MessageKey, type Messages } from '../../../src/services/billing/document/words/en.ts';
import type { Tongue } from '../../../src/services/billing/document/words/words.ts';

/** Letters of messages moved away from ASCII; arguments and the words of ICU stay. */
function moved(message: string, letters: (text: string) => string): string {
  let text = '';
  let depth = 0;
  let isWords = true;
  for (const part of message.split(/([{}])/)) {
    if (part === '{') depth++;
    else if (part === '}') depth--;
    // at even depths text is said; at odd ones are names of arguments and choices
    isWords = depth % 2 === 0;
    text += isWords && part !== '{' && part !== '}' ? letters(part) : part;
  }
  return text;
}

const greek = 'αβψδεφγηιξκλμνοπθρστυωςχζ';

/** Half as long again, as German is to English. */
export function longText(text: string): string {
  const swapped = text.replace(/[a-z]/gi, (letter) => greek[letter.toLowerCase().charCodeAt(0) - 97] ?? 'ζ');
  return swapped.replace(/\p{L}{3,}/gu, (word) => word + word.slice(0, Math.ceil(word.length / 2)));
}

function messagesOf(letters: (text: string) => string): Messages {
  return Object.fromEntries(
    Object.entries(en).map(([key, message]) => [key, moved(message, letters)]),
  ) as Record<MessageKey, string>;
}

/** Long words in Greek letters, with Greek dates. */
export const pseudo: Tongue = { locale: 'el', direction: 'ltr', messages: messagesOf(longText) };
/** The same from right to left, with Arabic dates. */
export const mirrored: Tongue = {
  ...{ locale: 'ar', direction: 'rtl' },
  messages: messagesOf((text) => text.replace(/[a-z]/gi, (letter) => (/[aeiouy]/i.test(letter) ? 'ا' : 'ش'))),
};

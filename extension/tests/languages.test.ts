import './english';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAst } from 'vite';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { counted, fill, LANGUAGES, locale, speak, t } from '../src/components/text';

type Messages = Record<string, { message: string }>;

const locales = new URL('../public/_locales/', import.meta.url);
const messagesIn = (language: string) =>
  JSON.parse(readFileSync(new URL(`${language}/messages.json`, locales), 'utf8')) as Messages;
const english = messagesIn('en');
const places = ({ message }: { message: string }) => [...new Set(message.match(/\$\d/g))].sort();
const pluralForms = (language: string) => new Intl.PluralRules(language).resolvedOptions().pluralCategories;

test('the languages that can be chosen are those there are', () => {
  expect(readdirSync(locales).sort()).toEqual([...LANGUAGES].sort());
});

describe.each(LANGUAGES)('in %s', (language) => {
  const messages = messagesIn(language);

  test('every text is there, and none besides', () => {
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
    expect(messages.language?.message).toBe(language);
  });

  test('every text has the places for what is filled in', () => {
    // A message for one thing may do without its number.
    const uncounted = (name: string) => !/_(one|other)$/.test(name);
    for (const [name, message] of Object.entries(messages).filter(([key]) => uncounted(key)))
      expect([name, places(message)]).toEqual([name, places(english[name] ?? { message: '' })]);
  });

  test('every counted text has the forms of the language', () => {
    const counted = Object.keys(messages).filter((name) => name.endsWith('_other'));
    for (const name of counted)
      for (const form of pluralForms(language))
        expect(messages).toHaveProperty([name.replace(/other$/, form)]);
  });

  test('nothing is left to be written', () => {
    expect(Object.entries(messages).filter(([, { message }]) => message.trim() === '')).toEqual([]);
  });
});

test('no sentence is the same in both languages', () => {
  const german = messagesIn('de');
  const sentences = Object.entries(english).filter(([, { message }]) => message.split(' ').length > 2);
  expect(sentences.filter(([name, { message }]) => german[name]?.message === message)).toEqual([]);
});

describe('a chosen language', () => {
  afterEach(async () => {
    vi.unstubAllGlobals();
    await speak(null);
  });

  test('is spoken instead of the browser’s, its numbers and plurals too', async () => {
    vi.stubGlobal('fetch', async (path: string) => Response.json(messagesIn(path.split('/')[2] ?? '')));
    await speak('de');
    expect(t('cancel')).toBe('Abbrechen');
    expect(counted('waiting', 1200)).toBe('1.200 Änderungen warten');
    expect(locale()).toBe('de');
    await speak('tlh' as 'de');
    expect(t('cancel')).toBe('Cancel');
  });
});

test('what is filled in is not looked at again', () => {
  expect(fill('$1 and $2', ['$2', 'b'])).toBe('$2 and b');
});

/** Attributes whose text a person reads or hears. */
const READ = new Set([
  ...['title', 'label', 'placeholder', 'alt', 'aria-label', 'aria-description'],
  ...['lead', 'hint', 'action', 'more', 'text', 'name', 'value'],
]);

interface Node {
  type: string;
  [key: string]: unknown;
}

/** Texts for people that stand in the source itself. */
function* literals(node: Node): Generator<string> {
  const worded = (value: unknown) => (typeof value === 'string' && /\p{L}{2}/u.test(value) ? [value] : []);
  if (node.type === 'JSXText') yield* worded(node.value);
  if (node.type === 'JSXExpressionContainer') yield* worded((node.expression as Node).value);
  if (node.type === 'JSXAttribute' && READ.has((node.name as Node).name as string) && !isIcon(node))
    yield* worded((node.value as Node | null)?.value);
  for (const child of Object.values(node).flat())
    if (typeof child === 'object' && child !== null && 'type' in child) yield* literals(child as Node);
}

/** `name` is what an icon is drawn by. */
function isIcon(attribute: Node): boolean {
  return (attribute.name as Node).name === 'name';
}

test('no text for people stands in the source', () => {
  const source = new URL('../src/', import.meta.url);
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.tsx'))
    .flatMap((path) => {
      const tree = parseAst(readFileSync(new URL(path, source), 'utf8'), { lang: 'tsx' });
      return [...literals(tree as unknown as Node)].map((text) => `${path}: ${text.trim()}`);
    });
  expect(found).toEqual([]);
});

test('the search for such texts finds them', () => {
  const code = '<p title="A title">Some words {"and more"} <b class="not these">{t("nor")}</b></p>';
  const tree = parseAst(`const one = ${code};`, { lang: 'tsx' });
  expect([...literals(tree as unknown as Node)].map((text) => text.trim())).toEqual([
    'A title',
    'Some words',
    'and more',
  ]);
});

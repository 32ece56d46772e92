/**
 * Everything the extension relies upon in `browser.bookmarks`, done once and written down: what was answered, what was
 * told, in which order, and how the folder looked afterwards.
 */
import type { ApiNode } from '../../extension/src/browser/bookmarks';
import { ROOTS } from '../../extension/tests/fake-tree';
import type { Method, Subject, Told } from './subject';

export interface Line {
  readonly step: string;
  readonly told: readonly Told[];
  /** The folder of the script, a line for each node. */
  readonly folder: readonly string[];
}

const ADDRESSES = [
  'HTTP://EXAMPLE.com:80',
  'http://example.com/a b"c`d%22?q=ü#é',
  ' https://example.com/trimmed ',
  'https://bücher.example/',
  'https://1.2.3/',
  'https://example.com/a/../b/./c',
  'https://user:pass@example.com/%7e',
  'about:blank',
  'about:config',
  'tel:123',
  'mailto:a@example.com',
  'ftp://example.com/x',
  'file:///etc/hosts',
  'javascript:alert("a b")',
  'data:text/html,<b>x</b>',
  'place:sort=8',
  'view-source:http://example.com',
  'custom-scheme:Anything',
  'example.com',
  'not a url',
  'http://',
  '',
  `https://example.com/${'x'.repeat(65_536 - 'https://example.com/'.length)}`,
  `https://example.com/${'x'.repeat(65_537 - 'https://example.com/'.length)}`,
];

const TITLES = [
  '',
  '  spaces  ',
  'tab\tnewline\nreturn\rboth\r\n.',
  'line\u2028paragraph\u2029next\u0085vertical\u000bform\u000c.',
  'nul\u0000bell\u0007delete\u007f.',
  'שלום \u202ereversed\u202c',
  '👩‍👩‍👧‍👦 𝒯 é e\u0301',
  'x'.repeat(4_097),
  `${'x'.repeat(4_095)}👩`,
];

export async function transcript(subject: Subject): Promise<Line[]> {
  const lines: Line[] = [];
  const { top, bar, other } = ROOTS[subject.dialect];
  const names = new Names(top, { [top]: 'top', [bar]: 'bar', [other]: 'other', nothing: 'nothing' });
  let folder = '';

  const write = async (step: string, told: Told[]) => {
    const [seen] = folder === '' ? [] : await subject.call('getSubTree', folder);
    const tree = (seen?.[0] === 'answer' ? seen[1] : []) as ApiNode[];
    lines.push({
      step,
      told: told.map((one) => names.told(one)),
      folder: tree.flatMap((node) => text(node, names)),
    });
  };
  /** The id in the answer, if that is one node. */
  const call = async (method: Method, ...args: unknown[]): Promise<string> => {
    const step = `${method} ${JSON.stringify(names.args(args)).slice(0, 200)}`;
    const told = await subject.call(method, ...args);
    await write(step, told);
    const answer = told.find(([name]) => name === 'answer')?.[1] as ApiNode | undefined;
    return answer?.id ?? '';
  };
  const make = (title: string, more: object = {}) =>
    call('create', { parentId: folder, index: 0, title, ...more });
  const page = (title: string) => ({ url: `https://example.com/${title}` });

  await call('getChildren', top);
  folder = await call('create', { parentId: bar, index: 0, title: 'folder' });

  // Places
  const letters: string[] = [];
  for (const [index, title] of [...'ABCDE'].entries())
    letters.push(await make(title, { index, ...page(title) }));
  const [a = '', b = '', c = '', d = '', e = ''] = letters;
  for (const from of [0, 2, 4])
    for (let index = 0; index <= 6; index++) {
      await call('move', letters[from] ?? '', { parentId: folder, index });
      // Back to ABCDE, from the end on.
      for (const [at, id] of letters.entries())
        await subject.call('move', id, { parentId: folder, index: at });
    }
  await call('move', b, { index: 3 });
  await call('move', b, { parentId: folder });
  const inner = await make('inner', { index: 2 });
  const innermost = await call('create', { parentId: inner, index: 0, title: 'innermost' });
  await call('move', a, { parentId: inner, index: 1 });
  await call('move', c, { parentId: inner, index: 0 });
  await call('move', d, { parentId: inner, index: 9 });
  await call('move', d, { parentId: inner });
  await call('move', inner, { parentId: inner, index: 0 });
  await call('move', inner, { parentId: innermost, index: 0 });
  await call('move', bar, { parentId: other, index: 0 });
  await call('move', e, { parentId: top, index: 0 });
  await call('move', 'nothing', { parentId: folder, index: 0 });
  await call('move', e, { parentId: 'nothing', index: 0 });

  // Making
  await make('beyond the end', { index: 99, ...page('beyond') });
  await make('negative', { index: -1 });
  await make('at the top', { parentId: top });
  await make('nowhere', { parentId: 'nothing' });
  await make('title alone');
  await call('create', { parentId: folder });
  await make('', { type: 'separator', index: 1, title: undefined });
  await make('typed', { type: 'bookmark', ...page('typed') });
  for (const url of ADDRESSES) await make(`address ${url.slice(0, 30)}`, { url });
  for (const title of TITLES) await make(title, page('title'));

  // Changing
  await call('update', a, { title: 'new title', url: 'https://example.com/new' });
  await call('update', a, { title: 'new title', url: 'https://example.com/new' });
  await call('update', a, { title: 'title\nalone' });
  await call('update', a, { title: `${'y'.repeat(4_095)}👩` });
  await call('update', a, { url: 'HTTPS://EXAMPLE.COM/address-alone' });
  await call('update', a, { url: 'not a url' });
  await call('update', a, {});
  await call('update', inner, { title: 'renamed' });
  await call('update', inner, { url: 'https://example.com/' });
  await call('update', bar, { title: 'renamed' });
  await call('update', 'nothing', { title: 'renamed' });

  // Reading
  await call('get', [a, inner]);
  await call('get', [a, 'nothing']);
  await call('getChildren', inner);
  await call('getChildren', a);
  await call('getChildren', 'nothing');
  await call('getSubTree', a);
  await call('getSubTree', 'nothing');

  // By hand
  await write('paste', await subject.paste(inner, folder));
  await write('remove by hand, and undo', await subject.removeAndUndo(inner));
  for (const title of ['Ä', 'b', 'B', '10', '9', 'C'])
    await call('create', { parentId: inner, index: 0, title, ...page('sorted') });
  if (subject.dialect === 'firefox') await call('create', { parentId: inner, index: 3, type: 'separator' });
  await write('sort by name', await subject.sortByName(inner));
  await call('move', d, { parentId: inner, index: 0 });
  await write('sort by name with little to do', await subject.sortByName(inner));
  await write('sort by name with nothing to do', await subject.sortByName(inner));

  // Removing
  await call('remove', inner);
  await call('remove', a);
  await call('remove', innermost);
  await call('remove', bar);
  await call('remove', 'nothing');
  await call('removeTree', e);
  await call('removeTree', bar);
  await call('removeTree', inner);
  await call('removeTree', folder);
  return lines;
}

/** Names in place of ids, given in the order in which they are met, and of a node only what the extension reads. */
class Names {
  private readonly known: Map<string, string>;

  constructor(
    private readonly top: string,
    known: Readonly<Record<string, string>>,
  ) {
    this.known = new Map(Object.entries(known));
  }

  of(id: string): string {
    const name = this.known.get(id) ?? `#${this.known.size}`;
    this.known.set(id, name);
    return name;
  }

  told([event, first, ...rest]: Told): Told {
    const told = typeof first === 'string' ? this.of(first) : this.inside(first);
    return [event, told, ...rest.map((one) => this.inside(one))];
  }

  /** What the script asks for; ids of its own invention stay. */
  args(args: readonly unknown[]): unknown {
    return args.map((one) => (typeof one === 'string' ? (this.known.get(one) ?? one) : this.inside(one)));
  }

  private inside(value: unknown): unknown {
    if (Array.isArray(value))
      return value.map((one) => (typeof one === 'string' ? this.of(one) : this.inside(one)));
    if (typeof value !== 'object' || value === null) return value;
    const isNode = 'id' in value && 'title' in value;
    const isRoot = isNode && 'parentId' in value && value.parentId === this.top;
    const read = isRoot ? READ_OF_ROOTS : READ;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !isNode || read.has(key))
        .map(([key, one]) => [key, IDS.has(key) ? this.of(one) : this.inside(one)])
        .sort(),
    );
  }
}

const IDS = new Set(['id', 'parentId', 'oldParentId']);
const READ_OF_ROOTS = new Set(['id', 'type', 'folderType', 'syncing']);
const READ = new Set([...READ_OF_ROOTS, 'parentId', 'index', 'title', 'url', 'children']);

function text({ id, title, url, type, children = [] }: ApiNode, names: Names): string[] {
  const what = url ?? (children.length === 0 ? (type ?? '') : '');
  return [
    `${names.of(id)} ${JSON.stringify(title)} ${what}`,
    ...children.flatMap((child) => text(child, names)).map((line) => `  ${line}`),
  ];
}

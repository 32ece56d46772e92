/** Bookmarks in the Netscape format that every browser exports, as far as our own demo list needs it. */

export interface Entry {
  title: string;
  /** Null for a folder. */
  url: string | null;
  children: Entry[];
}

const TOKEN = /<H3[^>]*>(?<folder>.*?)<\/H3>|<A HREF="(?<url>[^"]*)"[^>]*>(?<title>.*?)<\/A>|(?<end><\/DL>)/g;
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const plain = (text: string) =>
  text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity);

export function parseNetscape(html: string): Entry[] {
  const top: Entry[] = [];
  const open = [top];
  for (const { groups = {} } of html.matchAll(TOKEN)) {
    const siblings = open.at(-1) ?? top;
    if (groups.folder !== undefined) {
      const folder: Entry = { title: plain(groups.folder), url: null, children: [] };
      siblings.push(folder);
      open.push(folder.children);
    } else if (groups.url !== undefined) {
      siblings.push({ title: plain(groups.title ?? ''), url: plain(groups.url), children: [] });
    } else if (open.length > 1) {
      open.pop();
    }
  }
  return top;
}

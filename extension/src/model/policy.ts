/**
 * Which addresses a team's document may put into its members' browsers.
 *
 * A shared folder must not carry code (`javascript:`, `data:`) or the browser's own pages into a colleague's bookmarks
 * bar: only `http` and `https`, and what the organization adds, become native bookmarks or can be clicked.
 */

const ALWAYS = ['http', 'https'];
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

export class Policy {
  readonly #schemes: ReadonlySet<string>;

  /** `additions`: schemes without the colon, as the organization lists them. */
  constructor(additions: Iterable<string> = []) {
    this.#schemes = new Set([...ALWAYS, ...additions].map((scheme) => scheme.toLowerCase()));
  }

  /** `url` as a browser would hold it; anything it would still rewrite (`java\tscript:`) has no scheme and is refused. */
  allows(url: string): boolean {
    const scheme = SCHEME.exec(url)?.[1];
    return scheme !== undefined && this.#schemes.has(scheme.toLowerCase());
  }
}

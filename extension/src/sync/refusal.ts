/** Which edits were only ours, when the hub has refused them: the team's tree against the same tree with them in it. */
import type { Tree } from '../model/tree';
import type { PutBackItem } from './plan';

export function refusedEdits(team: Tree, mine: Tree, at: number): PutBackItem[] {
  const items: PutBackItem[] = [];
  for (const node of mine.nodes.values()) {
    const theirs = team.get(node.id);
    const { title, url } = node;
    if (theirs === undefined) {
      if (node.visible && node.kind === 'b') items.push({ what: 'added', title, url, at });
    } else if (theirs.visible && !node.visible) {
      items.push({ what: 'removed', title: theirs.title, url: theirs.url, at });
    } else if (theirs.title !== title || theirs.url !== url) {
      items.push({ what: 'changed', title, url, at });
    } else if (node.visible && (theirs.parent !== node.parent || theirs.pos !== node.pos)) {
      items.push({ what: 'moved', title, url, at });
    }
  }
  return items;
}

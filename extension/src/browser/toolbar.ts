/** The extension's button in the browser's toolbar. */

import { browser } from 'wxt/browser';
import type { Badge } from '../background/state';

const COLOURS: Record<Badge['tone'], string> = { needed: '#b3261e', away: '#6b7280' };

let shown = '';

export function show(badge: Badge | null, title: string): void {
  const wanted = JSON.stringify([badge, title]);
  if (wanted === shown) return;
  shown = wanted;
  void browser.action.setBadgeText({ text: badge?.text ?? '' });
  void browser.action.setTitle({ title });
  if (badge) {
    void browser.action.setBadgeBackgroundColor({ color: COLOURS[badge.tone] });
    void browser.action.setBadgeTextColor({ color: '#ffffff' });
  }
}

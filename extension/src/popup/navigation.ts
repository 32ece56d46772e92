/** Where the person is: a stack of screens, kept while the browser runs, because a popup closes at every click beside it. */

import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { browser } from 'wxt/browser';

export type View =
  | { at: 'teams' }
  | { at: 'settings' }
  | { at: 'account' }
  | { at: 'devices' }
  | { at: 'password' }
  | { at: 'second-factor' }
  | { at: 'appearance' }
  | { at: 'about' }
  | { at: 'team'; team: string; folder: string }
  | { at: 'add-bookmark'; team: string; folder: string }
  | { at: 'new-folder'; team: string; folder: string }
  | { at: 'members'; team: string }
  | { at: 'invite'; team: string }
  | { at: 'invite-link'; team: string }
  | { at: 'new-team' }
  | { at: 'new-organization' }
  | { at: 'paste-invitation' }
  | { at: 'invitation'; invitation: string };

export interface Navigation {
  view: View;
  /** One screen deeper. */
  open(view: View): void;
  /** Instead of this screen. */
  replace(view: View): void;
  back(): void;
  /** To the first screen of a tab. */
  reset(view: View): void;
  /** A sentence for a moment, read out by a screen reader. */
  say(sentence: string): void;
}

export const NavigationContext = createContext<Navigation | null>(null);

export function useNavigation(): Navigation {
  const navigation = useContext(NavigationContext);
  if (!navigation) throw new Error('a screen stands inside the shell');
  return navigation;
}

const KEY = 'views';

/** The stack of screens; null until it is known where the person was. A page that starts elsewhere keeps its own. */
export function useViews(first: View): [readonly View[] | null, (views: readonly View[]) => void] {
  const isPopup = first.at === 'teams';
  const [views, setViews] = useState<readonly View[] | null>(isPopup ? null : [first]);
  useEffect(() => {
    if (!isPopup) return;
    void browser.storage.session.get(KEY).then((kept) => {
      setViews((kept[KEY] as View[] | undefined) ?? [{ at: 'teams' }]);
    });
  }, [isPopup]);
  return [
    views,
    (next) => {
      setViews(next);
      if (isPopup) void browser.storage.session.set({ [KEY]: next });
    },
  ];
}

/** What Firefox's own window may call: how a test does what only a person can do. */

interface PlacesItem {
  guid: string;
  parentGuid: string;
  index: number;
  /** `PlacesUtils.bookmarks.TYPE_…` */
  type: number;
  title?: string;
  url?: URL;
}

interface PlacesTreeItem extends Omit<PlacesItem, 'type' | 'url'> {
  typeCode: number;
  uri?: string;
  children?: PlacesTreeItem[];
}

interface PlacesEvent {
  readonly type: string;
  /** It went with a folder that is told of by itself. */
  readonly isDescendantRemoval?: boolean;
}

declare namespace PlacesUtils {
  namespace bookmarks {
    const TYPE_BOOKMARK: number;
    const TYPE_FOLDER: number;
    const TYPE_SEPARATOR: number;
    const DEFAULT_INDEX: number;
    function insert(item: {
      parentGuid: string;
      type: number;
      index: number;
      title?: string;
      url?: string;
    }): Promise<PlacesItem>;
    function update(item: {
      guid: string;
      parentGuid?: string;
      index?: number;
      title?: string;
      url?: string;
    }): Promise<PlacesItem>;
    function fetch(guid: string): Promise<PlacesItem | null>;
    function search(query: { title: string }): Promise<PlacesItem[]>;
  }
  namespace observers {
    function addListener(types: string[], listener: (events: PlacesEvent[]) => void): void;
  }
  function promiseBookmarksTree(guid: string): Promise<PlacesTreeItem | null>;
}

/** What the bookmark menus do, so that it can be undone. */
declare namespace PlacesTransactions {
  interface Transaction {
    transact(): Promise<unknown>;
  }
  function Remove(items: { guids: string[] }): Transaction;
  function Copy(item: { guid: string; newParentGuid: string }): Transaction;
  function SortByName(folder: { guid: string }): Transaction;
  function undo(): Promise<void>;
}

declare namespace WebExtensionPolicy {
  function getByID(id: string): {
    extension: {
      /** `stopped` once the event page is gone. */
      readonly backgroundState: string;
      terminateBackground(how: {
        ignoreDevToolsAttached: boolean;
        disableResetIdleForTest: boolean;
      }): Promise<void>;
    };
  };
}

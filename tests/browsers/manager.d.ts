/** What Chromium's own bookmark manager may call, and no extension: how a test does what only a person can do. */
declare namespace chrome.bookmarkManagerPrivate {
  function copy(ids: string[]): Promise<void>;
  function paste(parentId: string, selectedIds: string[]): Promise<void>;
  function removeTrees(ids: string[]): Promise<void>;
  function sortChildren(folderId: string): Promise<void>;
  function undo(): Promise<void>;
}

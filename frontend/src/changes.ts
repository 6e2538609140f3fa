/**
 * Calls back after the page's content was changed by a live message, before it is painted.
 * What the callback itself changes does not call it again.
 */
export function afterChanges(root: Node, callback: () => void): void {
  const observer = new MutationObserver(() => {
    callback();
    observer.takeRecords();
  });
  observer.observe(root, { childList: true, characterData: true, subtree: true });
}

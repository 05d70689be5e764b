// What the server tells by itself: answers of others, changes of baskets, new images, jobs.

const AGAIN_MS = 2000;

/**
 * Listen for as long as the page lives, across restarts of the server.
 * @param {Record<string, (facts: any) => void>} handlers by the name of the event
 * @param {(up: boolean) => void} onChange whether the server is there; `true` after it was gone
 *   means that something may have been missed
 * @returns {() => void} stops listening
 */
export function listen(handlers, onChange) {
  let gone = false;
  let ended = false;
  /** @type {EventSource} */
  let source;
  const connect = () => {
    if (ended) return;
    source = new EventSource('/api/events');
    source.onopen = () => {
      if (gone) onChange(true);
      gone = false;
    };
    source.onerror = () => {
      if (!gone) onChange(false);
      gone = true;
      source.close();
      setTimeout(connect, AGAIN_MS);
    };
    for (const [name, handler] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    }
  };
  connect();
  return () => {
    ended = true;
    source.close();
  };
}

// The event stream of the server: answers of others, changes of baskets, new images, jobs.
//
// A fetch and not an EventSource, which does not tell why it was refused, nor when to ask again.

import { ApiError, ask } from './api.js';

const AGAIN_MS = 2000;

/**
 * Listen for as long as the page lives, across restarts of the server.
 * @param {Record<string, (facts: any) => void>} handlers by the name of the event
 * @param {(error: Error | null) => void} onChange why there is no stream; null once there is one
 *   again, and something may have been missed
 * @param {number} [pause] milliseconds before the next try, where the server names no time
 * @returns {() => void} stops listening
 */
export function listen(handlers, onChange, pause = AGAIN_MS) {
  const ended = new AbortController();
  void (async () => {
    let message = ''; // of the trouble that was told
    while (!ended.signal.aborted) {
      let wait = pause;
      try {
        const { body } = await ask('/api/events', { signal: ended.signal });
        if (message) onChange(null);
        message = '';
        await read(/** @type {ReadableStream<Uint8Array>} */ (body), handlers);
      } catch (error) {
        const trouble = /** @type {Error} */ (error);
        if (ended.signal.aborted) return;
        if (trouble.message !== message) onChange(trouble);
        message = trouble.message;
        if (trouble instanceof ApiError) wait = trouble.retryAfter * 1000 || wait;
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  })();
  return () => ended.abort();
}

/**
 * Hand out events until the stream ends.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {Record<string, (facts: any) => void>} handlers
 * @throws {ApiError} it ended: the server has stopped
 */
async function read(stream, handlers) {
  const decoder = /** @type {ReadableWritablePair<string, Uint8Array>} */ (new TextDecoderStream());
  const reader = stream.pipeThrough(decoder).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ value: '', done: true }));
    if (done) throw new ApiError('the server has closed the connection', 0);
    const blocks = (text + value).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, kind, facts] = /^event: (\S+)\ndata: (.*)$/s.exec(block) ?? [];
      if (kind) handlers[kind]?.(JSON.parse(facts));
    }
  }
}

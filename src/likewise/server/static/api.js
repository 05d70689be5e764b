// Asking the server: JSON and frames, addresses of pictures, and errors as one sentence each.

import { decodeFrame } from './frames.js';
import { withoutCommands } from './messages.js';

/** What the server refused, or that it could not be reached. */
export class ApiError extends Error {
  /**
   * @param {string} message one sentence for people
   * @param {number} status of HTTP; 0 where there was no answer
   * @param {number} [retryAfter] seconds after which to ask again; 0 where the server names none
   */
  constructor(message, status, retryAfter = 0) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    /** Whether asking again would be refused again. */
    this.permanent = status >= 400 && status < 500 && ![401, 408, 421, 423, 429].includes(status);
  }
}

const AS_JSON = { 'content-type': 'application/json' };
const GONE = 'likewise does not answer; start it again, and this page goes on by itself or says what to open';
const UNKNOWN = 'likewise does not know this page any more: it was started again, or you are no longer one of its users; open the address that it shows now (what is not saved yet is kept in this browser)';
const UNAUTHORIZED = 401;

/**
 * The server's answer.
 * @param {string} path
 * @param {RequestInit} [init]
 * @throws {ApiError} the server refused, or does not answer
 */
export async function ask(path, init) {
  let response;
  try {
    // Without no-store, a browser answers the same question asked twice one after the other.
    response = await fetch(path, { cache: 'no-store', ...init });
  } catch {
    throw new ApiError(GONE, 0);
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new ApiError(
    (response.status === UNAUTHORIZED ? UNKNOWN : body?.error && withoutCommands(body.error.message)) ?? `the server answered ${response.status}; try again`,
    response.status,
    Number(response.headers.get('retry-after')) || 0,
  );
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export const get = async (path) => (await ask(path)).json();

/** @param {string} path */
export const getFrame = async (path) => decodeFrame(await (await ask(path)).arrayBuffer());

/**
 * @param {string} path
 * @param {any} [body]
 * @param {string} [method]
 * @returns {Promise<any>}
 */
export const send = async (path, body = {}, method = 'POST') =>
  (await ask(path, { method, headers: AS_JSON, body: JSON.stringify(body) })).json();

/**
 * Ask with a body, and be answered by a frame.
 * @param {string} path
 * @param {any} body
 */
export async function sendForFrame(path, body) {
  const answer = await ask(path, { method: 'POST', headers: AS_JSON, body: JSON.stringify(body) });
  return decodeFrame(await answer.arrayBuffer());
}

/**
 * @param {string} path
 * @param {Blob | ArrayBuffer} bytes
 * @returns {Promise<any>}
 */
export const sendBytes = async (path, bytes) =>
  (
    await ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: bytes,
    })
  ).json();

/**
 * A path with values in it and a query after it; what is null or empty is left out.
 * @param {string} path
 * @param {Record<string, string | number | null | undefined>} [query]
 */
export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** @param {string} id */
const escaped = (id) => id.split('/').map(encodeURIComponent).join('/');

/** @param {string} name */
export const conceptPath = (name) => `/api/concepts/${encodeURIComponent(name)}`;

/**
 * @param {string} id
 * @param {number | null} [generation] of the collection: with it the browser keeps the picture
 */
export const thumbnail = (id, generation) =>
  `/thumb/${escaped(id)}${generation ? `?v=${generation}` : ''}`;

/**
 * Why a picture did not come: the element that shows it is not told.
 * @param {string} path
 * @returns {Promise<number | null>} seconds after which to ask again: more than none where there
 *   were too many at once; null where it cannot be shown
 */
export async function pauseBefore(path) {
  try {
    const answer = await fetch(path, { cache: 'no-store' });
    void answer.body?.cancel();
    if (answer.status === 429) return Math.max(1, Number(answer.headers.get('retry-after')) || 1);
    return answer.ok ? 0 : null;
  } catch {
    return null;
  }
}

/** @param {string} id */
export const fullPicture = (id) => `/api/images/${escaped(id)}/full`;
/** @param {string} id */
export const factsOf = (id) => `/api/images/${escaped(id)}`;

/**
 * Of questions asked one after another, the newest counts: everyone who asked is given its
 * answer, so that an old one that comes late never replaces it.
 * @returns {(question: Promise<any>) => Promise<any>}
 */
export function newest() {
  /** @type {Promise<any>} */
  let last;
  return async (question) => {
    last = question;
    for (;;) {
      const mine = last;
      const answer = await mine.catch((error) => {
        if (mine === last) throw error;
      });
      if (mine === last) return answer;
    }
  };
}

/** @returns {string} unlike any other; `crypto.randomUUID` is for secure addresses only */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join('');

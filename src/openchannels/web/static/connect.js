/**
 * Connects an account from a web page: `connect` opens the authorization and says how it ended.
 * Types: connect.d.ts.
 */

/** @typedef {import("./connect.js").ConnectOptions} Options */
/** @typedef {import("./connect.js").Ended} Answer */

const TYPE = "openchannels:connect";
const SIZE = { width: 520, height: 720 };
const TICK_MS = 250;
const POLL_TICKS = 8;
const CLOSE_AFTER_MS = 3000;

/** @type {import("./connect.js").connect} */
export async function connect(start, options = {}) {
  // Browsers allow a popup during the click only, so it opens before the address is there.
  const popup = options.mode === "redirect" ? null : openPopup();
  try {
    const given = await start;
    const { url, sessionId } = typeof given === "string" ? { url: given } : given;
    if (!popup) {
      location.assign(url);
      return await new Promise(() => {});
    }
    popup.location.replace(url);
    return await outcomeOf(popup, { sessionId, ...options });
  } catch (error) {
    popup?.close();
    throw error;
  }
}

function openPopup() {
  const left = screenX + Math.max(0, (outerWidth - SIZE.width) / 2);
  const top = screenY + Math.max(0, (outerHeight - SIZE.height) / 2);
  return open("", "", `popup,width=${SIZE.width},height=${SIZE.height},left=${left},top=${top}`);
}

/**
 * @param {Window} popup
 * @param {Options} options
 * @returns {Promise<import("./connect.js").Outcome>}
 */
async function outcomeOf(popup, { sessionId, service, poll, timeoutMs = Infinity }) {
  const origin = new URL(service ?? import.meta.url).origin;
  const until = performance.now() + timeoutMs;
  /** @type {Answer | null} */
  let told = null;
  /** @param {MessageEvent} event */
  const listen = ({ source, origin: from, data }) => {
    const ours = source === popup && from === origin && data?.type === TYPE;
    if (ours && (!sessionId || data.sessionId === sessionId)) told = data;
  };
  addEventListener("message", listen);
  try {
    for (let tick = 1; ; tick += 1) {
      // A platform's page can part us from the popup, which then looks closed while the person is
      // still in it. Whoever has closed it is back on this page.
      const closed = popup.closed && document.hasFocus();
      const late = performance.now() > until;
      const last = closed || late;
      if (!told && poll && (last || tick % POLL_TICKS === 0)) {
        const found = await ended(poll);
        told ??= found;
      }
      if (told) return finish(popup, sessionId, told);
      if (last) {
        popup.close();
        return { status: "cancelled", reason: late ? "timeout" : "closed", sessionId, accountIds: [] };
      }
      await new Promise((resolve) => { setTimeout(resolve, TICK_MS); });
    }
  } finally {
    removeEventListener("message", listen);
  }
}

/**
 * The outcome that the back end knows, or null: one question that fails decides nothing.
 * @param {NonNullable<Options["poll"]>} poll
 */
async function ended(poll) {
  const found = await Promise.resolve().then(poll).catch(() => null);
  return found?.status === "completed" || found?.status === "failed" ? found : null;
}

/**
 * @param {Window} popup
 * @param {string | undefined} sessionId
 * @param {Answer} answer
 * @returns {import("./connect.js").Outcome}
 */
function finish(popup, sessionId, answer) {
  const { status, accountId, accountIds = [], errorCode } = answer;
  // The person reads the result first; a failure stays, because it says what to do.
  if (status === "completed") setTimeout(() => popup.close(), CLOSE_AFTER_MS);
  return { status, sessionId: sessionId ?? answer.sessionId, accountId, accountIds, errorCode };
}

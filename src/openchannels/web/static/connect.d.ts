/** What starting a connection answers: the address for the person, and the session to follow. */
export interface Start {
  url: string;
  /** Outcomes of other sessions are ignored. */
  sessionId?: string;
}

/** The status of a session, as the API answers it; other fields are ignored. */
export interface Pending {
  status: "pending";
}

export interface Ended {
  status: "completed" | "failed";
  sessionId?: string;
  accountId?: string;
  accountIds?: string[];
  errorCode?: number;
}

export interface ConnectOptions {
  /** For a `start` that is a string: outcomes of other sessions are ignored. */
  sessionId?: string;
  /** `popup` by default. `redirect` leaves this page, and so does a popup that the browser blocks. */
  mode?: "popup" | "redirect";
  /** Address of the openchannels service. By default the one from which this module was loaded. */
  service?: string;
  /** Asks your back end for the session, every two seconds and when the popup has been closed. */
  poll?: () => Promise<Pending | Ended>;
  /** Gives up after this many milliseconds; by default never while the popup is open. */
  timeoutMs?: number;
}

/** How it ended. Only your back end can know that it is true: ask it before you act on it. */
export interface Outcome {
  status: "completed" | "failed" | "cancelled";
  sessionId?: string;
  /** The first of `accountIds`. */
  accountId?: string;
  /** The accounts that were connected. */
  accountIds: string[];
  /** Of a failure: the number of the error in the API's documentation. */
  errorCode?: number;
  /** Of `cancelled`: the person closed the popup, or `timeoutMs` passed. */
  reason?: "closed" | "timeout";
}

/**
 * Opens the authorization and resolves with its outcome; in `redirect` mode it never resolves.
 *
 * Call it in the handler of a click. `start` may be a promise, for example of your back end's
 * answer: the popup opens at once, and closes if the promise is rejected, as this one then is.
 */
export function connect(
  start: string | Start | Promise<string | Start>,
  options?: ConnectOptions,
): Promise<Outcome>;

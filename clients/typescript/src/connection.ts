import type { Call } from "./call.js";
import { toApiError, WaitTimeout } from "./errors.js";
import { authGetAuthStatus, authSelect, authSessionsCancel } from "./generated/sdk.gen.js";
import type { AuthSessionStatus, AuthStart, SelectableAccount } from "./generated/types.gen.js";
import type { Sleep } from "./settings.js";

/** Where the browser goes in the end, and the group that the accounts join. */
export interface ConnectOptions {
  callbackUrl?: string;
  redirectUri?: string;
  groupId?: string;
}

export interface WaitOptions {
  /** Milliseconds until WaitTimeout is thrown; if absent, as long as the authorization lasts. */
  timeoutMs?: number;
  /** Milliseconds between two looks; 2,000 if absent. */
  pollMs?: number;
  signal?: AbortSignal;
}

const POLL_MS = 2_000;

/** An authorization on its way: a person opens `url` and gives access there. */
export class Connection {
  readonly platform: string;
  readonly sessionId: string;
  readonly url: string;
  readonly expiresAt: string;
  /** What the person has to do, by language. */
  readonly instructions: Record<string, string>;
  readonly #call: Call;
  readonly #sleep: Sleep;

  constructor(call: Call, sleep: Sleep, platform: string, started: AuthStart) {
    this.platform = platform;
    this.sessionId = started.sessionId;
    this.url = started.url;
    this.expiresAt = started.expiresAt;
    this.instructions = started.authInstructions ?? {};
    this.#call = call;
    this.#sleep = sleep;
  }

  /** How the authorization stands now. */
  status(signal?: AbortSignal): Promise<AuthSessionStatus> {
    const { platform, sessionId } = this;
    const options = { path: { platform, sessionId }, ...(signal && { signal }) };
    return this.#call(authGetAuthStatus, options);
  }

  /**
   * Waits until accounts are connected, or until there is a choice (`requiresSelection`).
   *
   * Throws WaitTimeout; for an authorization that failed the error of its code, which is an
   * AuthorizationFailed if the person declined; NotFound once it is over.
   */
  async wait({
    timeoutMs,
    pollMs = POLL_MS,
    signal,
  }: WaitOptions = {}): Promise<AuthSessionStatus> {
    const deadline = timeoutMs === undefined ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      const session = await this.status(signal);
      if (session.status !== "pending" || session.requiresSelection) return succeeded(session);
      const left = deadline - performance.now();
      if (left <= 0) throw new WaitTimeout(session);
      await this.#sleep(Math.min(pollMs, left), signal);
    }
  }

  /** Connects the picked ones of `selectableAccounts`: all of them, or none on an error. */
  async select(
    picks: Pick<SelectableAccount, "platformUid" | "account">[],
  ): Promise<AuthSessionStatus> {
    const accounts = picks.map(({ platformUid, account }) =>
      account ? { platformUid, account } : { platformUid },
    );
    return succeeded(
      await this.#call(authSelect, { body: { sessionId: this.sessionId, accounts } }),
    );
  }

  async cancel(): Promise<void> {
    await this.#call(authSessionsCancel, { path: { sessionId: this.sessionId } });
  }
}

function succeeded(session: AuthSessionStatus): AuthSessionStatus {
  if (session.status !== "failed") return session;
  throw toApiError({
    code: session.errorCode ?? 0,
    message: session.errorMessage ?? "the authorization failed",
    data: session.errorData ?? {},
  });
}

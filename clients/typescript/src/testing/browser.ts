/** How the person answers on the sandbox's consent page. */
export interface Consent {
  /** Who logs in: `ida` has one account, `mara` three Facebook Pages, `empty` none. */
  person?: string;
  decision?: "approve" | "deny";
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const MOST_REDIRECTS = 20;

/**
 * Opens the `url` of an authorization as the person's browser does, and consents in the sandbox.
 *
 * Returns the address at which the browser ends. Addresses of this machine are opened; a redirect
 * to any other ends there without a call. Scripts do not run: the page with the result is the end,
 * which a real browser leaves for `redirectUri`.
 */
export async function approve(url: string, consent: Consent = {}): Promise<string> {
  const browser = new Browser();
  const address = new URL(url);
  address.searchParams.set("sandbox_person", consent.person ?? "ida");
  address.searchParams.set("sandbox_decision", consent.decision ?? "approve");
  return browser.open(address);
}

/** Follows redirects and keeps cookies, which belong to a host whatever its port. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(address: URL): Promise<string> {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      if (!LOOPBACK.test(address.hostname)) return address.href;
      const headers = { cookie: this.#cookieOf(address) };
      const answer = await fetch(address, { redirect: "manual", headers });
      this.#keep(address, answer.headers.getSetCookie());
      await answer.arrayBuffer();
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status >= 400 || !location) {
        if (answer.ok) return address.href;
        throw new Error(`the browser got HTTP ${answer.status} from ${address.origin}`);
      }
      address = new URL(location, address);
    }
    throw new Error(`the browser was redirected more than ${MOST_REDIRECTS} times`);
  }

  #cookieOf({ hostname }: URL): string {
    const kept = this.#cookies.get(hostname) ?? new Map<string, string>();
    return [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep({ hostname }: URL, cookies: string[]): void {
    const kept = this.#cookies.get(hostname) ?? new Map<string, string>();
    for (const cookie of cookies) {
      const [, name, value] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) kept.set(name.trim(), value);
    }
    this.#cookies.set(hostname, kept);
  }
}

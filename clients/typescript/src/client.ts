import { Accounts } from "./accounts.js";
import type { Call } from "./call.js";
import { Connection, type ConnectOptions } from "./connection.js";
import { Events } from "./events.js";
import {
  createClient as createHttpClient,
  type Client as HttpClient,
} from "./generated/client/index.js";
import { accountsGetById, accountsReconnect, authStartAuth } from "./generated/sdk.gen.js";
import { Groups } from "./groups.js";
import { Platforms } from "./platforms.js";
import { type ClientSettings, serviceUrl, settingsFromEnv } from "./settings.js";
import { Transport } from "./transport.js";
import { Webhooks } from "./webhooks.js";
import { Works } from "./works.js";

/** A client of one openchannels service, for one API key. Every method throws OpenChannelsError. */
export class Client {
  readonly accounts: Accounts;
  readonly events: Events;
  readonly groups: Groups;
  readonly platforms: Platforms;
  readonly webhooks: Webhooks;
  readonly works: Works;
  readonly #http: HttpClient;
  readonly #transport: Transport;

  constructor(settings: ClientSettings) {
    this.#transport = new Transport(settings);
    this.#http = createHttpClient({
      baseUrl: serviceUrl(settings.baseUrl),
      parseAs: "json",
      fetch: (request) => this.#transport.send(request as Request),
    });
    this.accounts = new Accounts(this.call);
    this.events = new Events(this.call);
    this.groups = new Groups(this.call);
    this.platforms = new Platforms(this.call);
    this.webhooks = new Webhooks(this.call);
    this.works = new Works(this.call, this.platforms);
  }

  /** A client of the service in OPENCHANNELS_URL, with the key in OPENCHANNELS_API_KEY. */
  static fromEnv(settings: Omit<ClientSettings, "baseUrl" | "apiKey"> = {}): Client {
    return new Client({ ...settings, ...settingsFromEnv() });
  }

  /** Calls one of `operations`, which are all operations of the API, and returns its data. */
  readonly call: Call = async (operation, ...[options]) => {
    refuseUnusableIds(options);
    const answer = await operation({ ...options, client: this.#http, throwOnError: true });
    return (answer.data as { data: never }).data;
  };

  /** Starts connecting an account; lead the person to `url` of the result. */
  async connect(platform: string, options: ConnectOptions = {}): Promise<Connection> {
    const started = await this.call(authStartAuth, { path: { platform }, query: options });
    return new Connection(this.call, this.#transport.sleep, platform, started);
  }

  /** Starts connecting an account again; no other account can take its place. */
  async reconnect(accountId: string, options: ConnectOptions = {}): Promise<Connection> {
    const path = { accountId };
    const { type } = await this.call(accountsGetById, { path });
    const started = await this.call(accountsReconnect, { path, query: options });
    return new Connection(this.call, this.#transport.sleep, type, started);
  }
}

export function createClient(settings: ClientSettings): Client {
  return new Client(settings);
}

/** Throws RangeError for an id with which a path would be that of another operation. */
function refuseUnusableIds(options: { path?: unknown } = {}): void {
  const unusable = Object.entries(options.path ?? {}).find(([, id]) =>
    ["", ".", ".."].includes(String(id)),
  );
  if (unusable) throw new RangeError(`${unusable[0]} cannot be ${JSON.stringify(unusable[1])}`);
}

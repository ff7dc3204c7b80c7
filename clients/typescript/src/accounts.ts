import type { Call } from "./call.js";
import {
  accountsAuthStatus,
  accountsCreate,
  accountsDelete,
  accountsGetById,
  accountsList,
  accountsUpdate,
} from "./generated/sdk.gen.js";
import type {
  AccountsControllerListV2Data,
  AccountVo,
  AuthStatus,
  CreateAccount,
  UpdateAccount,
} from "./generated/types.gen.js";

/** `ids` override `spaceIds`, and these the other filters, which must all match. */
export type AccountFilter = Omit<
  NonNullable<AccountsControllerListV2Data["query"]>,
  "cursor" | "limit" | "page" | "pageSize"
>;

const LARGEST_PAGE = 1_000;

/** `client.accounts`. */
export class Accounts {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** All accounts with their status, in the order of their ids. */
  async *iterate(filter: AccountFilter = {}): AsyncGenerator<AccountVo> {
    let cursor: string | null | undefined;
    do {
      const query = { ...filter, limit: LARGEST_PAGE, ...(cursor && { cursor }) };
      const page = await this.#call(accountsList, { query });
      yield* page.list;
      cursor = page.nextCursor;
    } while (cursor);
  }

  get(accountId: string): Promise<AccountVo> {
    return this.#call(accountsGetById, { path: { accountId } });
  }

  /** Whether an account works now, and why not. */
  status(accountId: string): Promise<AuthStatus> {
    return this.#call(accountsAuthStatus, { path: { accountId } });
  }

  /** Creates an account of a platform that a browser plug-in connects. */
  create(account: CreateAccount): Promise<AccountVo> {
    return this.#call(accountsCreate, { body: account });
  }

  update(accountId: string, changes: UpdateAccount): Promise<AccountVo> {
    return this.#call(accountsUpdate, { path: { accountId }, body: changes });
  }

  /** Ends the grant at the platform, unless `revoke` is false, and deletes the account. */
  async delete(accountId: string, options: { revoke?: boolean } = {}): Promise<void> {
    await this.#call(accountsDelete, { path: { accountId }, query: options });
  }
}

import type { Call } from "./call.js";
import {
  accountGroupsCreate,
  accountGroupsDeleteMany,
  accountGroupsList,
  accountGroupsUpdate,
} from "./generated/sdk.gen.js";
import type { CreateGroup, GroupVo, UpdateGroup } from "./generated/types.gen.js";

/** `client.groups`. */
export class Groups {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  list(): Promise<GroupVo[]> {
    return this.#call(accountGroupsList);
  }

  create(group: CreateGroup): Promise<GroupVo> {
    return this.#call(accountGroupsCreate, { body: group });
  }

  update(groupId: string, changes: UpdateGroup): Promise<GroupVo> {
    return this.#call(accountGroupsUpdate, { path: { groupId }, body: changes });
  }

  /** Deletes groups; their accounts move to the default group. */
  async delete(...ids: string[]): Promise<void> {
    await this.#call(accountGroupsDeleteMany, { query: { ids } });
  }
}

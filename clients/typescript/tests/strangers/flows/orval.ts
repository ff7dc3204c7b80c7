/**
 * The five founding operations by orval.
 *
 * It writes objects in a query only where the document names their style, so that paging is
 * written by the names `limit`, `cursor`, `page` and `pageSize`.
 */
import {
  accountsControllerAuthStatusV2,
  accountsControllerCreateV2,
  authControllerGetAuthStatusV2,
  authControllerStartAuthV2,
  worksControllerListWorksV2,
} from "./generated";

export function founding(_baseUrl: string, apiKey: string) {
  const headers = { "X-Api-Key": apiKey };
  const json = { "Content-Type": "application/json", ...headers };
  return {
    create: async (uid: string, nickname: string) => {
      const account = { type: "xhs" as const, uid, nickname };
      return dataOf((await accountsControllerCreateV2(account, { headers: json })).data);
    },
    start: async (platform: string) =>
      dataOf((await authControllerStartAuthV2(platform, {}, { headers })).data),
    poll: async (platform: string, sessionId: string) =>
      dataOf((await authControllerGetAuthStatusV2(platform, sessionId, { headers })).data),
    status: async (accountId: string) =>
      dataOf((await accountsControllerAuthStatusV2(accountId, { headers })).data),
    byCursor: async (platform: string, accountId: string, limit: number, cursor?: string) => {
      const paging = cursor ? { limit, cursor } : { limit };
      const query = { accountId, ...paging };
      return dataOf((await worksControllerListWorksV2(platform, query, { headers })).data);
    },
    byPage: async (platform: string, accountId: string, page: number, pageSize: number) => {
      const paging = { page, pageSize };
      const query = { accountId, ...paging };
      return dataOf((await worksControllerListWorksV2(platform, query, { headers })).data);
    },
    /** Paging as an object, for a test of what becomes of it. */
    byObject: async (platform: string, accountId: string, limit: number) => {
      const query = { accountId, pagination: { limit } };
      return dataOf((await worksControllerListWorksV2(platform, query, { headers })).data);
    },
  };
}

/** The data of a success; `code` tells the one from the other. */
function dataOf<E extends { code: number; data?: unknown; message: string }>(answer: E) {
  if (answer.code !== 0) throw new Error(answer.message);
  return answer.data as NonNullable<Exclude<E, { timestamp: number }>["data"]>;
}

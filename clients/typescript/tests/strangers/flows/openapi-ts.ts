/** The five founding operations by @hey-api/openapi-ts. */
import { createClient } from "./generated/client/index";
import {
  accountsControllerAuthStatusV2,
  accountsControllerCreateV2,
  authControllerGetAuthStatusV2,
  authControllerStartAuthV2,
  worksControllerListWorksV2,
} from "./generated/index";

export function founding(baseUrl: string, apiKey: string) {
  const client = createClient({ baseUrl, auth: apiKey });
  return {
    create: async (uid: string, nickname: string) => {
      const body = { type: "xhs" as const, uid, nickname };
      return dataOf((await accountsControllerCreateV2({ client, body })).data);
    },
    start: async (platform: string) =>
      dataOf((await authControllerStartAuthV2({ client, path: { platform } })).data),
    poll: async (platform: string, sessionId: string) => {
      const path = { platform, sessionId };
      return dataOf((await authControllerGetAuthStatusV2({ client, path })).data);
    },
    status: async (accountId: string) =>
      dataOf((await accountsControllerAuthStatusV2({ client, path: { accountId } })).data),
    byCursor: async (platform: string, accountId: string, limit: number, cursor?: string) => {
      const pagination = cursor ? { limit, cursor } : { limit };
      const request = { client, path: { platform }, query: { accountId, pagination } };
      return dataOf((await worksControllerListWorksV2(request)).data);
    },
    byPage: async (platform: string, accountId: string, page: number, pageSize: number) => {
      const query = { accountId, pagination: { page, pageSize } };
      const request = { client, path: { platform }, query };
      return dataOf((await worksControllerListWorksV2(request)).data);
    },
  };
}

/** The data of a success; `code` tells the one from the other. */
function dataOf<E extends { code: number; data?: unknown; message: string }>(answer?: E) {
  if (answer?.code !== 0) throw new Error(answer?.message);
  return answer.data as NonNullable<Exclude<E, { timestamp: number }>["data"]>;
}

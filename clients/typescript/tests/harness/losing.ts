/** A proxy before a service that loses its first answers to calls that act. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface LosingProxy extends AsyncDisposable {
  url: string;
  /** Methods of the calls whose answers were lost. */
  lost: string[];
}

export async function losing(target: string, count: number): Promise<LosingProxy> {
  const lost: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { host, connection, ...headers } = request.headers as Record<string, string>;
    const body = chunks.length > 0 ? Buffer.concat(chunks) : null;
    const init = { method: request.method!, headers, body };
    const answer = await fetch(target + request.url, init);
    const content = await answer.text();
    if (request.method !== "GET" && lost.length < count) {
      lost.push(request.method!);
      request.socket.destroy();
      return;
    }
    const service = answer.headers.get("x-service");
    response.writeHead(answer.status, service ? { "x-service": service } : {}).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, lost, [Symbol.asyncDispose]: close };
}

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import type { IDataObject } from 'n8n-workflow';
import { OpenChannelsTrigger } from '../dist/nodes/OpenChannels/OpenChannelsTrigger.node.js';
import { hook, webhook, type Triggered } from './n8n.mts';
import { service, type Json } from './service.mts';

const node = new OpenChannelsTrigger();
const { checkExists, create, delete: remove } = node.webhookMethods.default;

let server: Server;
let given: Triggered;

/** Runs of the workflow: each the event that started it. */
const runs: IDataObject[] = [];
let onRun = () => {};

before(async () => {
	server = createServer(async (request, response) => {
		const respond = (status: number, body: unknown) =>
			response.writeHead(status).end(JSON.stringify(body));
		const received = { headers: request.headers, rawBody: await buffer(request), respond };
		const result = await node.webhook.call(webhook(node, given, received));
		for (const { json } of result.workflowData?.[0] ?? []) runs.push(json);
		if (!result.noWebhookResponse) respond(200, { message: 'Workflow was started' });
		if (result.workflowData) onRun();
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	given = {
		parameters: { types: ['account.connected', 'account.deleted'] },
		credentials: { baseUrl: service.url, apiKey: service.key },
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook/1/webhook`,
		staticData: {},
	};
});
after(() => server.close());

function context() {
	return hook(node, given);
}

async function webhooks(): Promise<Json[]> {
	return (await service.call('GET', '/webhooks')).list;
}

/** The status of the answer to a message signed with `secret`, `age` seconds ago. */
async function deliver(secret: string, age = 0): Promise<number> {
	const body = JSON.stringify({ type: 'account.connected', timestamp: '', data: {} });
	const timestamp = String(Math.floor(Date.now() / 1000) - age);
	const mac = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'));
	const signature = mac.update(`evt_1.${timestamp}.${body}`).digest('base64');
	const headers = {
		'webhook-id': 'evt_1',
		'webhook-timestamp': timestamp,
		'webhook-signature': `v1,AAAA v1,${signature}`,
	};
	return (await fetch(given.url, { method: 'POST', headers, body })).status;
}

test('activation, an event of the service, forgeries, deactivation', async () => {
	assert.equal(await checkExists.call(context()), false);
	await create.call(context());
	assert.equal(await checkExists.call(context()), true);
	const [registered] = await webhooks();
	assert.equal(registered.url, given.url);
	assert.deepEqual(registered.types, given.parameters.types);

	const ran = new Promise<void>((resolve) => (onRun = resolve));
	const accountId = await service.connect('youtube');
	await ran;
	const [event] = runs;
	assert.equal(event.type, 'account.connected');
	assert.equal((event.data as IDataObject).accountId, accountId);
	assert.ok(event.id);

	const secret = String(given.staticData.secret);
	assert.equal(await deliver(secret), 200);
	assert.equal(runs.length, 2);
	assert.equal(await deliver('whsec_Zm9yZ2Vk'), 401);
	assert.equal(await deliver(secret, 301), 401);
	assert.equal(await deliver(secret, -301), 401);
	assert.equal((await fetch(given.url, { method: 'POST', body: '{}' })).status, 401);
	const tested = await service.call('POST', `/webhooks/${registered.id}/test`);
	assert.equal(tested.httpStatus, 200);
	assert.equal(runs.length, 2);

	await remove.call(context());
	assert.deepEqual(await webhooks(), []);
	assert.deepEqual(given.staticData, {});
	assert.equal(await deliver(secret), 401);
});

test('a webhook that is gone or leads elsewhere is made again', async () => {
	await create.call(context());
	const [gone] = await webhooks();
	await service.call('DELETE', `/webhooks/${gone.id}`);
	assert.equal(await checkExists.call(context()), false);
	await create.call(context());

	given = { ...given, url: `${given.url}/moved` };
	assert.equal(await checkExists.call(context()), false);
	await create.call(context());
	const [only, ...others] = await webhooks();
	assert.equal(only.url, given.url);
	assert.deepEqual(others, []);
	await service.call('DELETE', `/webhooks/${only.id}`);
	await remove.call(context());
	assert.deepEqual(given.staticData, {});
});

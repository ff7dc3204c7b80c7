import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import type { IDataObject, NodeApiError } from 'n8n-workflow';
import { OpenChannels } from '../dist/nodes/OpenChannels/OpenChannels.node.js';
import { execute, loadOptions, testCredential, workflow, type Credentials } from './n8n.mts';
import { service } from './service.mts';

const { loadOptions: load, listSearch } = new OpenChannels().methods;

const credentials: Credentials = { baseUrl: `${service.url}/`, apiKey: service.key };

/** What an operation gives, as plain objects. */
async function run(
	resource: string,
	operation: string,
	parameters: IDataObject = {},
	item?: IDataObject,
): Promise<any[]> {
	const all = { resource, operation, ...parameters };
	const items = await execute(credentials, { parameters: all, item });
	return items.map(({ json, pairedItem }) => {
		assert.deepEqual(pairedItem, { item: 0 });
		return json;
	});
}

async function refusal(...operation: Parameters<typeof run>): Promise<NodeApiError> {
	return await run(...operation).then(
		() => assert.fail('It did not fail'),
		(error) => error,
	);
}

function chosen(id: string) {
	return { accountId: { __rl: true, mode: 'list', value: id } };
}

suite('Connection', () => {
	test('start, approve, wait', async () => {
		const startOptions = { redirectUri: 'https://tool.example.com/done' };
		const [started] = await run('connection', 'start', { platform: 'tiktok', startOptions });
		assert.match(started.authInstructions, /^[A-Z][a-z]/);
		const parameters = { platform: started.platform };
		const [pending] = await run('connection', 'getStatus', parameters, started);
		assert.equal(pending.status, 'pending');
		const waiting = run('connection', 'wait', parameters, started);
		await Promise.all([waiting, service.consent(started.url)]);
		const [session] = await waiting;
		assert.equal(session.status, 'completed');
		const [account] = await run('account', 'get', chosen(session.accountId));
		assert.equal(account.type, 'tiktok');
	});

	test('a denial and a timeout are errors', async () => {
		const platform = { platform: 'youtube' };
		const [open] = await run('connection', 'start', platform);
		const late = await refusal('connection', 'wait', { ...platform, timeout: 1 }, open);
		assert.match(late.message, /timeout/);
		await service.consent(open.url, 'ida', 'deny');
		const denied = await refusal('connection', 'wait', platform, open);
		assert.match(denied.description ?? '', /15013/);
	});
});

suite('Account', () => {
	test('list, get, update, figures and delete', async () => {
		const ids = [await service.connect('youtube', 'anna'), await service.connect('youtube', 'ben')];
		const filters = { types: ['youtube', 'linkedin'], status: 1 };
		const listed = await run('account', 'getAll', { returnAll: true, filters });
		assert.deepEqual(listed.map(({ id }) => id).sort(), [...ids].sort());
		assert.equal((await run('account', 'getAll', { limit: 1, filters })).length, 1);
		const [groupId] = (await load.getGroups.call(loadOptions(credentials, {}))).map(
			({ value }) => value,
		);
		const updateFields = { nickname: 'Anna', avatar: '', groupId };
		const [updated] = await run('account', 'update', { ...chosen(ids[0]), updateFields });
		assert.equal(updated.nickname, 'Anna');
		const [figures] = await run('account', 'getFigures', chosen(ids[0]));
		assert.ok(figures.metrics.workCount > 200);
		const deleted = await run('account', 'delete', { ...chosen(ids[0]), revoke: false });
		assert.deepEqual(deleted, [{ deleted: true }]);
		assert.equal((await refusal('account', 'get', chosen(ids[0]))).httpCode, '12600');
	});

	test('status with reason and advice in the chosen language, and reconnect', async () => {
		const id = await service.connect('threads', 'carla');
		const [works] = await run('account', 'getStatus', chosen(id));
		assert.equal(works.status, 1);
		await service.control('/_grants/revoke', { platform: 'threads', person: 'carla' });
		await refusal('work', 'getAll', { platform: 'threads', ...chosen(id) });
		const [offline] = await run('account', 'getStatus', { ...chosen(id), language: 'zh-CN' });
		assert.equal(offline.status, 0);
		assert.equal(offline.reason, 'grant_dead');
		assert.match(offline.advice, /\p{Script=Han}/u);
		const [started] = await run('account', 'reconnect', chosen(id));
		await service.consent(started.url, 'carla');
		const parameters = { platform: started.platform };
		const [session] = await run('connection', 'wait', parameters, started);
		assert.equal(session.accountId, id);
	});
});

suite('Work', () => {
	test('all of a list by cursor, a limit, a period', async () => {
		const id = await service.connect('youtube', 'dora');
		await service.control('/_world/youtube/dora/works', { add: 100 });
		const at = { platform: 'youtube', ...chosen(id) };
		const all = await run('work', 'getAll', { ...at, returnAll: true });
		const total = await service.countWorks('youtube', id);
		assert.ok(total > 300);
		assert.equal(all.length, total);
		assert.equal(new Set(all.map(({ platformWorkId }) => platformWorkId)).size, total);
		const first = await run('work', 'getAll', { ...at, limit: 70 });
		assert.deepEqual(
			first.map(({ platformWorkId }) => platformWorkId),
			all.slice(0, 70).map(({ platformWorkId }) => platformWorkId),
		);
		// Without an offset the time is one of the workflow's zone, eight hours ahead of UTC.
		const [, , third, , , sixth] = all.filter(({ publishedAt }) => publishedAt);
		const local = (moment: string) =>
			new Date(Date.parse(moment) + 8 * 3600_000).toISOString().slice(0, -1);
		const filters = { since: local(sixth.publishedAt), until: third.publishedAt };
		const some = await run('work', 'getAll', { ...at, limit: 20, filters });
		const expected = all.filter(
			({ publishedAt }) => publishedAt >= sixth.publishedAt && publishedAt < third.publishedAt,
		);
		assert.ok(expected.length > 0);
		assert.deepEqual(new Set(some), new Set(expected.slice(0, 20)));
	});

	test('all of a list by page number', async () => {
		const id = await service.connect('bilibili', 'emil');
		await service.control('/_world/bilibili/emil/works', { add: 100 });
		const all = await run('work', 'getAll', {
			platform: 'bilibili',
			...chosen(id),
			returnAll: true,
		});
		const { pagination } = await service.call('GET', `/works/bilibili?accountId=${id}`);
		assert.ok(pagination.total > 300);
		assert.equal(new Set(all.map(({ platformWorkId }) => platformWorkId)).size, pagination.total);
	});

	test('one work, its figures and history', async () => {
		const id = await service.connect('tiktok', 'finn');
		const at = { platform: 'tiktok', ...chosen(id) };
		const [work] = await run('work', 'getAll', { ...at, limit: 1 });
		const [one] = await run('work', 'get', at, work);
		assert.equal(one.work.title, work.title);
		const [figures] = await run('work', 'getFigures', at, work);
		assert.equal(figures.metrics.viewCount, work.metrics.viewCount);
		const history = await run('work', 'getHistory', { ...at, returnAll: true }, work);
		assert.equal(history[0].metrics.viewCount, work.metrics.viewCount);
	});
});

suite('Choices', () => {
	test('platforms in the chosen language, those that can be connected, accounts', async () => {
		const id = await service.connect('twitter', 'greta');
		const chinese = loadOptions(credentials, { language: 'zh-CN' });
		const platforms = await load.getPlatforms.call(chinese);
		assert.equal(platforms.length, 15);
		assert.equal(platforms.find(({ value }) => value === 'douyin')?.name, '抖音');
		const connectable = await load.getConnectablePlatforms.call(chinese);
		assert.equal(connectable.length, 13);
		const search = async (parameters: IDataObject, filter?: string) => {
			const context = loadOptions(credentials, parameters);
			return (await listSearch.searchAccounts.call(context, filter)).results;
		};
		const found = await search({ resource: 'work', platform: 'twitter' });
		assert.deepEqual(
			found.map(({ value }) => value),
			[id],
		);
		assert.deepEqual(await search({ resource: 'account' }, id.toUpperCase()), found);
		assert.deepEqual(await search({ resource: 'account' }, 'nobody at all'), []);
	});
});

suite('Errors', () => {
	const missing = { parameters: { resource: 'account', operation: 'get', ...chosen('nobody') } };

	test('carry message, code and request id', async () => {
		const error = await refusal('account', 'get', chosen('nobody'));
		assert.ok(error instanceof workflow.NodeApiError);
		assert.equal(error.message, 'Account not found');
		assert.equal(error.httpCode, '12600');
		assert.match(error.description ?? '', /^Code 12600, request [0-9a-f]{24}\.$/);
		const chinese = await refusal('account', 'get', { ...chosen('nobody'), language: 'zh-CN' });
		assert.match(chinese.message, /\p{Script=Han}/u);
		const empty = await refusal('account', 'delete', chosen(' '));
		assert.match(empty.message, /"accountId" is empty/);
		const invalid = { platform: 'youtube', ...chosen('x'), filters: { since: 'yesterday' } };
		assert.match((await refusal('work', 'getAll', invalid)).message, /"yesterday"/);
	});

	test('become items if the node continues on fail', async () => {
		const [{ json, error }] = await execute(credentials, { ...missing, continueOnFail: true });
		const { requestId, ...details } = json.details as IDataObject;
		assert.match(String(requestId), /^[0-9a-f]{24}$/);
		assert.deepEqual(details, { code: 12600, data: {} });
		// Of an item with an error of its own n8n would keep the message alone.
		assert.deepEqual(Object.keys(json), ['error', 'details']);
		assert.equal(json.error, 'Account not found');
		assert.equal(error, undefined);
	});

	test('say when to try again', async () => {
		const id = await service.connect('pinterest', 'hugo');
		const fault = { host: 'api.pinterest.com', path: '/v5/pins', kind: 'rate_limit', times: 9 };
		await service.control('/_faults', fault);
		const error = await refusal('work', 'getAll', { platform: 'pinterest', ...chosen(id) });
		assert.equal(error.httpCode, '15071');
		assert.match(error.description ?? '', /Try again in \d+ seconds\./);
	});

	test('of an address that is not openchannels, or where nothing listens', async (context) => {
		const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1');
		context.after(() => server.close());
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;
		const elsewhere = { ...credentials, baseUrl: `http://127.0.0.1:${port}` };
		await assert.rejects(execute(elsewhere, missing), /does not lead to openchannels/);
		assert.match((await testCredential(elsewhere)) ?? '', /no working openchannels/);
		await new Promise((closed) => server.close(closed));
		await assert.rejects(execute(elsewhere, missing), workflow.NodeApiError);
	});
});

test('The test of the credential accepts a key and names what is wrong', async () => {
	assert.equal(await testCredential(credentials), undefined);
	assert.match((await testCredential({ ...credentials, apiKey: 'oc_wrong' })) ?? '', /revoked/);
	const narrow = await service.newKey('--scope', 'works:read');
	assert.match((await testCredential({ ...credentials, apiKey: narrow })) ?? '', /accounts:read/);
});

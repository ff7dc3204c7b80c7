import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { Api } from './api';

interface Platform {
	platform: string;
	displayName: string;
	status: 'available' | 'unavailable';
	capabilities: { auth: { supported: boolean } };
}

interface Account {
	id: string;
	type: string;
	nickname: string;
}

/** All platforms. */
export async function getPlatforms(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return await platformsWhere(this, () => true);
}

/** Platforms on which a connection can be started here. */
export async function getConnectablePlatforms(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	return await platformsWhere(this, ({ capabilities }) => capabilities.auth.supported);
}

/** The account groups of the key's workspace. */
export async function getGroups(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const groups = await apiOf(this).get<Array<{ id: string; name: string }>>('/account-groups');
	return groups.map(({ id, name }) => ({ name, value: id }));
}

/** Accounts whose name or id contains `filter`; for works only those of the chosen platform. */
export async function searchAccounts(
	this: ILoadOptionsFunctions,
	filter: string = '',
	cursor?: string,
): Promise<INodeListSearchResult> {
	const wanted = filter.toLowerCase();
	const query = { ...platformOfWork(this), ...(cursor && { cursor }) };
	const page = await apiOf(this).get<{ list: Account[]; nextCursor?: string }>('/accounts', query);
	const results = page.list
		.filter(({ id, nickname }) => `${nickname} ${id}`.toLowerCase().includes(wanted))
		.map(({ id, nickname, type }) => ({ name: `${nickname} (${type})`, value: id }));
	// An empty page would look like the end of the list.
	if (!results.length && page.nextCursor) {
		return await searchAccounts.call(this, filter, page.nextCursor);
	}
	return { results, paginationToken: page.nextCursor };
}

async function platformsWhere(
	context: ILoadOptionsFunctions,
	wanted: (platform: Platform) => boolean,
): Promise<INodePropertyOptions[]> {
	const platforms = await apiOf(context).get<Platform[]>('/platforms');
	return platforms
		.filter(wanted)
		.map(({ platform, displayName }) => ({ name: displayName, value: platform }))
		.sort((one, other) => one.name.localeCompare(other.name));
}

function platformOfWork(context: ILoadOptionsFunctions): { types?: string } {
	const platform = context.getCurrentNodeParameter('platform');
	const ofWork = context.getCurrentNodeParameter('resource') === 'work';
	return ofWork && platform ? { types: String(platform) } : {};
}

function apiOf(context: ILoadOptionsFunctions): Api {
	return new Api(context, context.getCurrentNodeParameter('language') as string | undefined);
}

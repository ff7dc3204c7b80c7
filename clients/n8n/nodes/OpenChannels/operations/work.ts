import type { INodeProperties } from 'n8n-workflow';
import type { Call, Operation } from '../call';
import { listByCursor, listWorks } from '../paging';
import { account, howMany, period, platform, shownFor } from '../properties';

const HISTORY_PAGE_SIZE = 100;

export const workProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: shownFor('work'),
		options: [
			{ name: 'Get', value: 'get', description: 'Get a work', action: 'Get a work' },
			{
				name: 'Get Figures',
				value: 'getFigures',
				description: "Get a work's figures now, and its snapshots",
				action: 'Get figures of a work',
			},
			{
				name: 'Get History',
				value: 'getHistory',
				description: 'Get the stored snapshots of a work, without a call to the platform',
				action: 'Get the history of a work',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'Get many works of an account',
				action: 'Get many works',
			},
		],
		default: 'getAll',
	},
	platform('getPlatforms', shownFor('work')),
	account(shownFor('work')),
	{
		displayName: 'Work ID',
		name: 'workId',
		type: 'string',
		required: true,
		default: '={{ $json.platformWorkId }}',
		description: 'The platformWorkId of a list of works',
		displayOptions: shownFor('work', 'get', 'getFigures', 'getHistory'),
	},
	...howMany(shownFor('work', 'getAll', 'getHistory')),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions: shownFor('work', 'getAll'),
		options: [
			{
				displayName: 'Content',
				name: 'contentMode',
				type: 'options',
				options: [
					{ name: 'Image Posts', value: 'article' },
					{ name: 'Videos', value: 'video' },
				],
				default: 'video',
				description: 'Which of the two lists of WeChat Channels',
			},
			...period,
		],
	},
	{
		displayName: 'Period',
		name: 'period',
		type: 'collection',
		placeholder: 'Add Time',
		default: {},
		displayOptions: shownFor('work', 'getFigures', 'getHistory'),
		options: period,
	},
];

export const workOperations: Record<string, Operation> = {
	get: async (call) => await call.api.get(path(call), accountOf(call)),
	getAll: async (call) => {
		const query = { ...accountOf(call), ...call.collection('filters') };
		return await listWorks(call.api, call.required('platform'), query, call.limit());
	},
	getFigures: async (call) =>
		await call.api.get(`${path(call)}/analytics`, {
			...accountOf(call),
			...call.collection('period'),
		}),
	getHistory: async (call) =>
		await listByCursor(
			call.api,
			`${path(call)}/history`,
			{ ...accountOf(call), ...call.collection('period') },
			{ limit: call.limit(), pageSize: HISTORY_PAGE_SIZE },
		),
};

function accountOf(call: Call): { accountId: string } {
	return { accountId: call.required('accountId') };
}

function path(call: Call): string {
	return `/works/${call.segment('platform')}/${call.segment('workId')}`;
}

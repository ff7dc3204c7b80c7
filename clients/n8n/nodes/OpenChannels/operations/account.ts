import type { INodeProperties } from 'n8n-workflow';
import type { Call, Operation } from '../call';
import { listByCursor } from '../paging';
import { account, group, howMany, period, shownFor } from '../properties';

const PAGE_SIZE = 1000;

const GET_ALL = shownFor('account', 'getAll');

export const accountProperties: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: shownFor('account'),
		options: [
			{
				name: 'Delete',
				value: 'delete',
				description: 'Delete an account and end its grant',
				action: 'Delete an account',
			},
			{ name: 'Get', value: 'get', description: 'Get an account', action: 'Get an account' },
			{
				name: 'Get Figures',
				value: 'getFigures',
				description: "Get an account's figures now, and its snapshots",
				action: 'Get figures of an account',
			},
			{
				name: 'Get Many',
				value: 'getAll',
				description: 'Get many accounts',
				action: 'Get many accounts',
			},
			{
				name: 'Get Status',
				value: 'getStatus',
				description: 'Get whether an account works now, why not, and what to do',
				action: 'Get the status of an account',
			},
			{
				name: 'Reconnect',
				value: 'reconnect',
				description: 'Start connecting an account again: returns the URL to show to its owner',
				action: 'Reconnect an account',
			},
			{
				name: 'Update',
				value: 'update',
				description: "Change an account's name, picture, group or rank",
				action: 'Update an account',
			},
		],
		default: 'getAll',
	},
	account(shownFor('account', 'delete', 'get', 'getFigures', 'getStatus', 'reconnect', 'update')),
	...howMany(GET_ALL),
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		displayOptions: GET_ALL,
		options: [
			group,
			{
				displayName: 'Platform Names or IDs',
				name: 'types',
				type: 'multiOptions',
				typeOptions: { loadOptionsMethod: 'getPlatforms' },
				default: [],
				description:
					'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'options',
				options: [
					{ name: 'Does Not Work', value: 0 },
					{ name: 'Works', value: 1 },
				],
				default: 0,
			},
		],
	},
	{
		displayName: 'Period',
		name: 'period',
		type: 'collection',
		placeholder: 'Add Time',
		default: {},
		displayOptions: shownFor('account', 'getFigures'),
		options: period,
	},
	{
		displayName: 'End Grant',
		name: 'revoke',
		type: 'boolean',
		default: true,
		description: 'Whether to end the grant at the platform too, where that is possible',
		displayOptions: shownFor('account', 'delete'),
	},
	{
		displayName: 'Update Fields',
		name: 'updateFields',
		type: 'collection',
		placeholder: 'Add Field',
		default: {},
		displayOptions: shownFor('account', 'update'),
		options: [
			{
				displayName: 'Avatar',
				name: 'avatar',
				type: 'string',
				default: '',
				description: 'Address of a picture',
			},
			group,
			{ displayName: 'Nickname', name: 'nickname', type: 'string', default: '' },
			{
				displayName: 'Rank',
				name: 'rank',
				type: 'number',
				default: 1,
				description: 'Lower ranks come first',
			},
		],
	},
];

export const accountOperations: Record<string, Operation> = {
	delete: async (call) => {
		const query = { revoke: call.value('revoke') as boolean };
		await call.api.call('DELETE', path(call), { query });
		return { deleted: true };
	},
	get: async (call) => await call.api.get(path(call)),
	getAll: async (call) =>
		await listByCursor(call.api, '/accounts', call.collection('filters'), {
			limit: call.limit(),
			pageSize: PAGE_SIZE,
		}),
	getFigures: async (call) =>
		await call.api.get(`${path(call)}/analytics`, call.collection('period')),
	getStatus: async (call) => await call.api.get(`${path(call)}/auth-status`),
	reconnect: async (call) => {
		// The session's status is asked for by platform, which the answer does not name.
		const { type } = await call.api.get(path(call));
		return { platform: type, ...(await call.api.call('POST', `${path(call)}/reconnect`)) };
	},
	update: async (call) =>
		await call.api.call('PATCH', path(call), { body: call.collection('updateFields') }),
};

function path(call: Call): string {
	return `/accounts/${call.segment('accountId')}`;
}

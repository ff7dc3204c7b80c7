import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import { CHINESE, ENGLISH } from './api';

export function shownFor(resource: string, ...operations: string[]): IDisplayOptions {
	return { show: { resource: [resource], ...(operations.length && { operation: operations }) } };
}

export const language: INodeProperties = {
	displayName: 'Language',
	name: 'language',
	type: 'options',
	options: [
		{ name: 'English', value: ENGLISH },
		{ name: '简体中文', value: CHINESE },
	],
	default: ENGLISH,
	description: 'Language of advice, instructions and error messages',
};

export function platform(
	loadOptionsMethod: string,
	displayOptions: IDisplayOptions,
): INodeProperties {
	return {
		displayName: 'Platform Name or ID',
		name: 'platform',
		type: 'options',
		typeOptions: { loadOptionsMethod, loadOptionsDependsOn: ['language'] },
		required: true,
		default: '',
		description:
			'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		displayOptions,
	};
}

export function account(displayOptions: IDisplayOptions): INodeProperties {
	return {
		displayName: 'Account',
		name: 'accountId',
		type: 'resourceLocator',
		typeOptions: { loadOptionsDependsOn: ['platform'] },
		required: true,
		default: { mode: 'list', value: '' },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod: 'searchAccounts', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'youtube_104512345_UC4q7ExampleChannel0001',
			},
		],
		displayOptions,
	};
}

export const group: INodeProperties = {
	displayName: 'Group Name or ID',
	name: 'groupId',
	type: 'options',
	typeOptions: { loadOptionsMethod: 'getGroups' },
	default: '',
	description:
		'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
};

export const period: INodeProperties[] = [
	{
		displayName: 'Since',
		name: 'since',
		type: 'dateTime',
		default: '',
		description: 'Only what is from this time on',
	},
	{
		displayName: 'Until',
		name: 'until',
		type: 'dateTime',
		default: '',
		description: 'Only what is from before this time',
	},
];

export function howMany(displayOptions: IDisplayOptions): INodeProperties[] {
	return [
		{
			displayName: 'Return All',
			name: 'returnAll',
			type: 'boolean',
			default: false,
			description: 'Whether to return all results or only up to a given limit',
			displayOptions,
		},
		{
			displayName: 'Limit',
			name: 'limit',
			type: 'number',
			typeOptions: { minValue: 1 },
			default: 50,
			description: 'Max number of results to return',
			displayOptions: { show: { ...displayOptions.show, returnAll: [false] } },
		},
	];
}
